"""Upstreams: services that the candidate's application calls, played by a process of their own.

A process of their own, so that a busy harness never delays an answer. The harness tells it what to do, and hears of
everything that happens, as JSON lines on a socket pair.

    on the harness's side                     in the process
    script     what a call is answered with   stage        gates, and who is in flight
    call       a call, as it was recorded     routes       which script a call gets
    gate       waits that prove an order      connection   HTTP/1.1 of one connection
    upstreams  what checks use                listeners    bound ports, refused connections
    service    starts the process             computed     answers by a function of the pack
                                              __main__     takes commands
"""

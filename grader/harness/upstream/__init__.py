"""Upstreams: services that the candidate's application calls, played by a process of their own.

A process of their own, so that a busy harness never delays an answer. The harness tells it what to do, and hears of
everything that happens, as JSON lines on a socket pair.

    on the harness's side                     in the process
    script     what a call is answered with   stage        routes, gates, who is in flight
    call       a call, as it was recorded     connection   HTTP/1.1 of one connection
    gate       waits that prove an order      listeners    bound ports, refused connections
    upstreams  what checks use                computed     answers by a function of the pack
    service    starts the process             __main__     takes commands
"""

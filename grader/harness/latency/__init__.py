"""Latency under an open load: requests go out at scheduled instants, whatever became of those before.

`mix` is what a check asks for, `block` what is sent in one piece; `driver` sends it, in a process of its own
(`__main__`, `service`) that nothing else of the harness can delay. `measuring` is what checks use.
"""

"""Latency as a ratio: the application and the reference under the same load, in turns, on the same machine."""

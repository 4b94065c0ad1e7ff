"""What so many submissions in a day need: a simulation in discrete events, `python -m benchmarks.scale`."""

"""Commands that print figures, as ratios where a machine's speed would decide: `python -m benchmarks.<name>`."""

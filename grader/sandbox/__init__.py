"""Where a candidate's code runs: the `Sandbox` protocol, and its docker and local backends."""

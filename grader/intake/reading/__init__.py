"""What a submission's Python files say, read as text on the host; none of them is ever imported or run."""

"""From what a candidate handed in to a `Submission`: files that are proven tame, an entry point, dependencies."""

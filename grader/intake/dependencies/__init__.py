"""What a submission declares to need: names, extras, versions and markers; never options, URLs or paths."""

from grader.intake.dependencies.declared import read_dependencies

__all__ = ["read_dependencies"]

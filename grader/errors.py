"""Everything that can go wrong, and whose fault it is.

A verdict on a candidate is data (`grader.verdicts`); what stands here is raised, and ends a run.

    GraderError
    ├── UsageError              the caller's: wrong option, unknown challenge, broken pack          exit 2
    ├── SubmissionRejected      the candidate's: it cannot be graded, the report says why            exit 3
    │   ├── ArchiveRejected         not an archive, or one that is hostile, too large, empty
    │   ├── EntryPointRejected      no application found, or several equally good
    │   ├── DependenciesRejected    not names and versions, or no resolution
    │   └── StartRejected           crashed, exited or never listened
    └── InfrastructureError     ours or the machine's: no verdict on the candidate                   exit 4
        ├── EngineUnavailable       no Docker engine answers
        ├── ImageError              an image could not be built
        ├── PodError                a pod could not be started, or died
        └── HarnessError            the harness failed, or broke the protocol

`message` says what and where in one line; `hint` says what to do next; `detail` is longer text for the report.
"""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `grader run`; the other commands use the same where they apply."""

    OK = 0
    BELOW_THRESHOLD = 1
    USAGE = 2
    REJECTED = 3
    INFRASTRUCTURE = 4
    INTERRUPTED = 130


class GraderError(Exception):
    """The root. Catch this at the command line, and nowhere else.

    Args:
        message: what went wrong and where, one line.
        hint: what to do next, one line; empty where `message` already says it.
        detail: longer text, such as a traceback or a resolver's reason; goes into the report.
    """

    exit_code = Exit.INFRASTRUCTURE

    def __init__(self, message: str, *, hint: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail


class UsageError(GraderError):
    """The caller asked for something that cannot be; no report is written."""

    exit_code = Exit.USAGE


class SubmissionRejected(GraderError):
    """The submission cannot be graded, through its own doing."""

    exit_code = Exit.REJECTED


class ArchiveRejected(SubmissionRejected):
    """The archive is unreadable, hostile, too large or empty."""


class EntryPointRejected(SubmissionRejected):
    """No FastAPI application was found, or several that are equally good."""


class DependenciesRejected(SubmissionRejected):
    """The declared dependencies are not names and versions, or do not resolve."""


class StartRejected(SubmissionRejected):
    """The application crashed, exited or did not listen before the start-up deadline."""


class InfrastructureError(GraderError):
    """The grader or its machine failed; nothing is said about the candidate."""


class EngineUnavailable(InfrastructureError):
    """No Docker engine answers."""


class ImageError(InfrastructureError):
    """An image could not be built or found."""


class PodError(InfrastructureError):
    """A pod could not be started, or was lost while it ran."""


class HarnessError(InfrastructureError):
    """The harness failed or broke the protocol."""

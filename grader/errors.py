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
        ├── HarnessError            the harness failed, or broke the protocol
        ├── BrokerUnavailable       no broker answers, which `grader batch --broker` and its workers need
        ├── StoreUnavailable        nor their store
        └── UnexpectedError         an exception that nobody foresaw

`message` says what and where in one line; `hint` says what to do next; `detail` is longer text for the report.
"""

import traceback
from enum import IntEnum
from pathlib import Path


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


class BrokerUnavailable(InfrastructureError):
    """The broker between `grader batch` and its workers does not answer."""


class StoreUnavailable(InfrastructureError):
    """The store between `grader batch` and its workers does not answer, or refuses."""


class UnexpectedError(InfrastructureError):
    """An exception that nobody foresaw: a defect of the grader's, or the machine's."""


def unexpected(error: Exception) -> UnexpectedError:
    """What is said of an exception that is none of the above: one line with the place, and the traceback as detail.

    Args:
        error: as it was caught.
    """
    detail = "".join(traceback.format_exception(error))
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        message = f"the machine failed the grader: {error.strerror}{where}"
        return UnexpectedError(message, hint="see to the machine (space, rights), then run again", detail=detail)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    words = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return UnexpectedError(
        f"the grader failed{place}: {words}", hint="this is a fault of the grader; please report it", detail=detail
    )

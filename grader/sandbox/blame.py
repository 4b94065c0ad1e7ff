"""Whose fault it is that an installation failed: the declaration's, or the network's and the machine's."""

import re
from collections.abc import Mapping
from typing import Any

from grader.errors import DependenciesRejected, InfrastructureError
from grader.settings import MEBIBYTE, Settings

BUSY = 0.5
"""Share of its time that a resolver computed, from which a deadline is its fault and not the network's."""

UNRESOLVED = "no solution found"
"""uv says this when names and versions do not go together or have no wheels."""
REFUSED = (
    "couldn't parse requirement",
    "url dependencies must be expressed",
    "the wheel is invalid",
    "dist-info/record`: no such file",
)
"""And one of these when it does not take what was declared, or a package that the index has; all else is not the
candidate's fault."""
INDEX_AT_FAULT = (
    "401 unauthorized",
    "403 forbidden",
    "lack of valid authentication",
    "network was disabled",
    "failed to read from zip file",
)
"""What uv adds when it found no solution because the index would not tell, or sent something else than a wheel."""

_CREDENTIALS = re.compile(r"://[^/\s@]+@")
"""Of an index or a proxy; uv hides them itself, but not where it cannot read the address."""


def judge(outcome: Mapping[str, Any], settings: Settings) -> dict[str, str]:
    """Say whose fault it is that an installation failed, if it did.

    Args:
        outcome: what `grader.sandbox.installer.run` returned.
        settings: the limits, for the message.

    Returns:
        What was installed, name → version, as the wheels spell it.

    Raises:
        DependenciesRejected: no resolution, no wheel, too large, or a resolution without an end.
        InfrastructureError: the network, the index, the disk, or uv itself.
    """
    text = _CREDENTIALS.sub("://****@", str(outcome["output"]))
    if outcome["over"] == "size":
        raise DependenciesRejected(
            f"the declared dependencies take more than {settings.install_bytes // MEBIBYTE} MiB",
            hint="leave out what the app does not need, or raise GRADER_INSTALL_BYTES",
            detail=text,
        )
    if outcome["over"] == "time":
        raise _too_slow(text, outcome["busy"], settings)
    if outcome["exit"] == 0:
        return dict(outcome.get("packages", {}))
    lower = text.lower()
    if any(sign in lower for sign in INDEX_AT_FAULT) or not any(sign in lower for sign in (UNRESOLVED, *REFUSED)):
        raise InfrastructureError(
            f"dependencies could not be downloaded: {_reason(text)}",
            hint="see whether containers reach the package index (proxy, certificates, PIP_INDEX_URL), then run again",
            detail=text,
        )
    wheels = "only wheels are installed: choose versions that have one for this Python, or set GRADER_PYTHON_VERSION"
    raise DependenciesRejected(
        f"the declared dependencies do not resolve: {_reason(text)}",
        hint=wheels if "wheel" in text else "correct the declaration, and hand it in again",
        detail=text,
    )


def _too_slow(text: str, busy: float, settings: Settings) -> InfrastructureError | DependenciesRejected:
    limit = f"{settings.install_deadline:.0f} s"
    # Once resolved, it is unpacking that computes.
    if busy >= BUSY and not re.search(r"^Resolved \d+ package", text, re.MULTILINE):
        return DependenciesRejected(
            f"no resolution of the declared dependencies within {limit}",
            hint="narrow the versions down, or hand in a lock file",
            detail=text,
        )
    return InfrastructureError(
        f"downloading dependencies took more than {limit}",
        hint="run again, or raise GRADER_INSTALL_DEADLINE",
        detail=text,
    )


def _reason(text: str) -> str:
    """The part of uv's output that says most, for a headline."""
    because = re.search(r"Because .*?(?=\n\s*\n|\Z)", text, re.DOTALL)
    errors = re.findall(r"^\s*(?:error|cause|Caused by): (.*)$", text, re.MULTILINE)
    chosen = because[0] if because else ": ".join(dict.fromkeys([*errors[:1], *errors[-1:]])) or "uv gave no reason"
    return " ".join(chosen.split())[:300]

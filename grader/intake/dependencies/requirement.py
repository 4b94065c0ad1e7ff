"""One requirement of a stranger: a name with extras, versions and a marker, and nothing else."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import VERSION_PATTERN, InvalidVersion, Version

from grader.errors import DependenciesRejected
from grader.text import visible

_MAX_LENGTH = 1_000
_MAX_PARENTHESES = 100
_VERSION = re.compile(rf"\s*{VERSION_PATTERN}\s*", re.VERBOSE | re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_MAX_NUMBER = 2**64 - 1
_FOREIGN = (
    (re.compile(r"^-"), "options are not followed"),
    (re.compile(r"\$\{"), "environment variables are not expanded"),
    (re.compile(r"(?:^|[\s@])(?:(?:git|hg|svn|bzr)\+|git@)", re.IGNORECASE), "version control is not installed from"),
    (re.compile(r"://|@\s*(?:file:|\.|/)"), "URLs are not installed"),
    (re.compile(r"^(?:[.~/\\]|[^\s@<>=!~\[(]*[/\\])|^[^\s<>=!~\[]+\.(?:whl|zip|tar\.gz)$"), "paths are not installed"),
)
# What only Windows or macOS has wheels of; `pip freeze` there lists them without a marker.
_ELSEWHERE = {"pywin32", "pypiwin32", "pywinpty", "windows-curses", "winloop", "twisted-iocpsupport", "pyobjc"}
# What Debian and Ubuntu put into `pip freeze` though no index has it.
_SYSTEM = {
    *("pkg-resources", "python-apt", "command-not-found", "ubuntu-advantage-tools", "ubuntu-pro-client"),
    *("ubuntu-drivers-common", "unattended-upgrades", "ufw", "language-selector", "distro-info", "xkit"),
}
HINT = "declare dependencies as names with versions, such as `httpx>=0.27`"


@dataclass(frozen=True, slots=True)
class Line:
    """Where something was declared.

    Attributes:
        file: relative to the submission's root.
        number: 1 for the first line; 0 where it is not known.
        text: the line itself.
    """

    file: str
    number: int
    text: str

    def refused(self, reason: str) -> DependenciesRejected:
        """The error for this line; it shows file, number and text."""
        place = f"{visible(self.file, limit=200)}{f':{self.number}' if self.number else ''}"
        return DependenciesRejected(f"{place}: {reason}: {visible(self.text.strip(), limit=200)}", hint=HINT)


Refuse = Callable[[str], DependenciesRejected]
"""Makes the error from a reason; only then is it looked up where something stands, for files may be long."""


def parse_requirement(text: str, refuse: Refuse) -> Requirement:
    """Read one requirement.

    Args:
        text: the PEP 508 part of where it stands.
        refuse: such as `Line.refused`.

    Returns:
        The requirement; as text it occupies one printable line.

    Raises:
        DependenciesRejected: an option, URL, path, or no requirement at all.
    """
    text = text.strip()
    if reason := _foreign(text):
        raise refuse(reason)
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, RecursionError):
        raise refuse("is no requirement") from None
    if requirement.url:
        raise refuse("URLs are not installed")
    if requirement.marker and not has_an_answer(requirement.marker):
        raise refuse("has a condition that cannot be evaluated")
    if not all(map(_is_readable, requirement.specifier)) and not not_for_linux(requirement):
        raise refuse("has a version that no index could have")
    return requirement


def has_an_answer(marker: Marker) -> bool:
    """Whether a marker that is well-formed can be evaluated: `sys_platform ~= "linux"` and `"x" in extras` cannot."""
    try:
        marker.evaluate({"extra": ""})
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion):
        return False
    return True


def _is_readable(clause: Specifier) -> bool:
    """Whether the resolver understands a version: `===` takes any text, and uv's numbers have 64 bits."""
    version = clause.version.removesuffix(".*")
    return _VERSION.fullmatch(version) is not None and all(int(part) < _MAX_NUMBER for part in _NUMBER.findall(version))


def _foreign(text: str) -> str:
    """What `text` is if it is no name with versions, "" if it may be one."""
    if len(text) > _MAX_LENGTH:
        return "is too long"
    # A line break inside a marker's string would begin a line of its own in a requirements file, such as an option.
    if not text.replace("\t", " ").isprintable():
        return "has control characters"
    if text.count("(") > _MAX_PARENTHESES:
        return "is nested too deeply"
    head = text.partition(";")[0]
    return next((reason for pattern, reason in _FOREIGN if pattern.search(head)), "")


def pin(name: str, version: str, marker: str, refuse: Refuse) -> str:
    """A `name==version` line, with a marker if there is one.

    Raises:
        DependenciesRejected: name, version or marker is malformed.
    """
    try:
        Version(version)
    except InvalidVersion:
        raise refuse("is no version") from None
    return str(parse_requirement(f"{name}=={version}" + (f" ; {marker}" if marker else ""), refuse))


def not_for_linux(requirement: Requirement) -> str:
    """Why a requirement that a correct submission may well list cannot be installed here, or ""."""
    name = key(requirement.name)
    if name in _SYSTEM or "ubuntu" in str(requirement.specifier):
        return "it is part of an operating system, and on no package index"
    if (name in _ELSEWHERE or name.startswith("pyobjc-")) and not requirement.marker:
        return "it is made for another operating system"
    return ""


def key(name: str) -> NormalizedName:
    """The normalised form of a distribution's name: https://packaging.python.org/specifications/name-normalization/."""
    return canonicalize_name(name)

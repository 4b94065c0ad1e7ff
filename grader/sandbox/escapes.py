"""Known ways out of a container: which versions of the engine's parts have them, and which release mended them.

What needs a hostile image (CVE-2026-41579), a plugin for authorisation (CVE-2024-41110) or Kubernetes (CVE-2022-23648)
is not listed: a submission brings none of them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Version = tuple[int, int, int, float]
"""Major, minor, patch, and the number of the release candidate; infinity for the release itself."""

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-~.+]*rc\.?(\d+))?", re.IGNORECASE)
_DISTRIBUTION = re.compile(
    r"[+~.-](?:ds|dfsg|deb|ubuntu|\d*ubuntu|fc\d|el\d|amzn|lp\d|alpine|bp\d)|-\d+$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Escape:
    """One way out.

    Attributes:
        cve: its number.
        part: `runc`, `containerd` or `Engine`, as the engine calls it.
        fixed: the first release of each series that has it mended; older series were not mended.
        source: where that is said.
        since: the first release that has it; "" where all before do.
        mended: builds of distributions that have it mended under an older number.
    """

    cve: str
    part: str
    fixed: tuple[str, ...]
    source: str
    since: str = ""
    mended: tuple[str, ...] = ()


_RUNC = "https://github.com/opencontainers/runc/security/advisories"
_2025 = ("1.2.8", "1.3.3", "1.4.0-rc.3")
ESCAPES = (
    Escape("CVE-2019-5736", "runc", ("1.0.0-rc7",), f"{_RUNC}/GHSA-gxmr-w5mj-v8hh"),
    # Debian's changelog of runc names the build that has the fix, here and below.
    Escape("CVE-2021-30465", "runc", ("1.0.0-rc95",), f"{_RUNC}/GHSA-c3xm-pvg7-gh7r", mended=("1.0.0~rc94+ds1-2",)),
    Escape(
        "CVE-2024-21626",
        "runc",
        ("1.1.12",),
        f"{_RUNC}/GHSA-xr7r-f8xq-vfvv",
        since="1.0.0-rc93",
        # DSA-5615-1
        mended=("1.1.5+ds1-1+deb12u1", "1.0.0~rc93+ds1-5+deb11u3"),
    ),
    Escape("CVE-2025-31133", "runc", _2025, f"{_RUNC}/GHSA-9493-h29p-rfm2"),
    Escape("CVE-2025-52565", "runc", _2025, f"{_RUNC}/GHSA-qw9x-cqr3-wc7r"),
    Escape("CVE-2025-52881", "runc", _2025, f"{_RUNC}/GHSA-cgrx-mc8f-2prm"),
    Escape(
        "CVE-2020-15257",
        "containerd",
        ("1.3.9", "1.4.3"),
        "https://github.com/containerd/containerd/security/advisories/GHSA-36xw-fx78-c5r4",
    ),
    Escape("CVE-2018-15664", "Engine", ("18.09.7", "19.03.0"), "https://nvd.nist.gov/vuln/detail/CVE-2018-15664"),
    Escape(
        "CVE-2019-14271", "Engine", ("19.03.1",), "https://nvd.nist.gov/vuln/detail/CVE-2019-14271", since="19.03.0"
    ),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of one part of the engine.

    Attributes:
        part: its name.
        build: its version, the distribution's where it tells that.
        open: the escapes that its number has.
        distribution: whether it is a distribution's build, which may have mended them under the same number.
    """

    part: str
    build: str
    open: tuple[Escape, ...]
    distribution: bool

    @property
    def message(self) -> str:
        """One line for people."""
        if not self.build:
            return "tells no version"
        if not self.open:
            return f"{self.build}: no known way out"
        may = "; the distribution may have mended them" if self.distribution else ""
        return f"{self.build}: {', '.join(escape.cve for escape in self.open)}{may}"

    @property
    def hint(self) -> str:
        """What to do about it."""
        if not self.open:
            return "" if self.build else f"see which {self.part} the engine uses"
        newest = " or ".join(dict.fromkeys(each for escape in self.open[-1:] for each in escape.fixed))
        check = f"; or read `apt changelog {_PACKAGES[self.part]}` and say --mended CVE" if self.distribution else ""
        return f"update {_PACKAGES[self.part]} to {newest} or newer{check}; more: {self.open[-1].source}"


_PACKAGES = {"runc": "runc", "containerd": "containerd", "Engine": "Docker"}


def judge(components: Sequence[Mapping[str, Any]], mended: Sequence[str] = ()) -> Iterator[Judged]:
    """Judge the parts that have known escapes.

    Args:
        components: `Components` of the engine's version, as it tells them.
        mended: CVE numbers that the caller has seen to.

    Yields:
        One each for the engine, containerd and runc, where the engine has such a part.
    """
    for component in components:
        part = str(component.get("Name", ""))
        if part in _PACKAGES:
            known = [escape for escape in ESCAPES if escape.part == part and escape.cve not in mended]
            number, commit = (
                str(component.get("Version", "")),
                str((component.get("Details") or {}).get("GitCommit", "")),
            )
            # Debian writes the whole number of its build where others have a commit.
            build = commit if number and commit.startswith(number) else number
            has = tuple(escape for escape in known if affects(escape, build))
            yield Judged(part, build if parsed(build) else "", has, bool(_DISTRIBUTION.search(build)))


def affects(escape: Escape, build: str) -> bool:
    """Whether a build has this way out, by its number and what is known of distributions' builds."""
    version = parsed(build)
    if version is None or build in escape.mended:
        return False
    if escape.since and version < _must(escape.since):
        return False
    fixes = [_must(number) for number in escape.fixed]
    in_series = [fix for fix in fixes if fix[:2] == version[:2]]
    return version < (in_series[0] if in_series else max(fixes))


def parsed(text: str) -> Version | None:
    """The upstream number at the beginning of a version; None where there is none."""
    found = _VERSION.match(text)
    if not found:
        return None
    major, minor, patch, candidate = found.groups()
    return int(major), int(minor), int(patch or 0), float(candidate) if candidate else float("inf")


def _must(text: str) -> Version:
    version = parsed(text)
    assert version is not None, text  # noqa: S101  # a typing mistake in the table
    return version

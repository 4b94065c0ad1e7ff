"""Which versions of runc, containerd and the engine have known ways out."""

import pytest

from grader.sandbox.escapes import ESCAPES, judge

LEAK, PROC = "CVE-2024-21626", {"CVE-2025-31133", "CVE-2025-52565", "CVE-2025-52881"}


def known(part: str, version: str, commit: str = "") -> set[str]:
    (judged,) = judge([{"Name": part, "Version": version, "Details": {"GitCommit": commit}}])
    return {escape.cve for escape in judged.open}


@pytest.mark.parametrize(
    ("part", "version", "expected"),
    [
        ("runc", "1.0.0-rc6+dev", {"CVE-2019-5736", "CVE-2021-30465"} | PROC),
        ("runc", "1.0.0-rc93", {"CVE-2021-30465", LEAK} | PROC),
        ("runc", "1.0.0~rc94+ds1", {"CVE-2021-30465", LEAK} | PROC),
        ("runc", "1.1.11", {LEAK} | PROC),
        ("runc", "1.1.12", PROC),
        ("runc", "1.1.12-0ubuntu3.1", PROC),
        ("runc", "1.2.7", PROC),
        ("runc", "1.2.8", set()),
        ("runc", "1.3.2", PROC),
        ("runc", "v1.3.3", set()),
        ("runc", "1.4.0-rc.2", PROC),
        ("runc", "1.4.0-rc.3", set()),
        ("runc", "1.5.1", set()),
        ("containerd", "1.2.13", {"CVE-2020-15257"}),
        ("containerd", "v1.3.8", {"CVE-2020-15257"}),
        ("containerd", "1.3.9", set()),
        ("containerd", "1.4.2", {"CVE-2020-15257"}),
        ("containerd", "1.4.3", set()),
        ("containerd", "1.6.20~ds1", set()),
        ("Engine", "18.06.1-ce", {"CVE-2018-15664"}),
        ("Engine", "18.09.7", set()),
        ("Engine", "19.03.0", {"CVE-2019-14271"}),
        ("Engine", "19.03.1", set()),
        ("Engine", "28.2.2", set()),
    ],
)
def test_by_number(part: str, version: str, expected: set[str]) -> None:
    # Each series has a fixed release of its own; a series without one is open.
    assert known(part, version) == expected


def test_a_distributions_build_is_known_by_its_whole_number() -> None:
    # Debian writes it where others have a commit; of what is not known to be mended, it says so.
    assert known("runc", "1.1.5+ds1", "1.1.5+ds1-1") == {LEAK} | PROC
    assert known("runc", "1.1.5+ds1", "1.1.5+ds1-1+deb12u1") == PROC
    (judged,) = judge([{"Name": "runc", "Version": "1.1.5+ds1", "Details": {"GitCommit": "1.1.5+ds1-1+deb12u1"}}])
    assert "the distribution may have mended them" in judged.message
    assert "apt changelog runc" in judged.hint


@pytest.mark.parametrize(("version", "commit"), [("1.1.11", "v1.1.11-0-g4bccb38c"), ("1.2.0-rc.1", "")])
def test_upstreams_own_build_has_no_excuse(version: str, commit: str) -> None:
    (judged,) = judge([{"Name": "runc", "Version": version, "Details": {"GitCommit": commit}}])
    assert not judged.distribution
    assert "may have" not in judged.message
    assert "update runc to 1.2.8 or 1.3.3" in judged.hint


def test_what_the_caller_has_seen_to_is_left_out() -> None:
    (judged,) = judge([{"Name": "runc", "Version": "1.1.12"}], mended=sorted(PROC))
    assert (judged.open, judged.message) == ((), "1.1.12: no known way out")


@pytest.mark.parametrize("version", ["", "unknown", "master"])
def test_a_part_without_a_number_is_not_said_to_be_safe(version: str) -> None:
    (judged,) = judge([{"Name": "runc", "Version": version}])
    assert (judged.build, judged.message) == ("", "tells no version")


def test_other_parts_are_not_judged() -> None:
    assert list(judge([{"Name": "docker-init", "Version": "0.19.0"}, {}])) == []


def test_each_row_says_where_it_is_from() -> None:
    for escape in ESCAPES:
        assert escape.source.startswith("https://"), escape
        assert escape.fixed, escape

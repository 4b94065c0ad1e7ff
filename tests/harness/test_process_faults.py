"""Broken packs and broken orders: the harness says so, and nothing about the candidate."""

import re
from typing import Any

import pytest

from grader.verdicts import Job

ONE = """
@check("a.one", category="c", level="junior")
async def one(api):
    '''It answers.'''
    (await api.get("/")).expect(200)
"""


@pytest.mark.parametrize(
    ("files", "only", "said"),
    [
        pytest.param({"a": "def x(:\n"}, None, "cannot be imported.*SyntaxError", id="syntax-error"),
        pytest.param({"a": "import nonsense\n"}, None, "cannot be imported.*nonsense", id="import-error"),
        pytest.param(
            {"a": ONE, "conftest": "1 / 0\n"}, None, "conftest.py cannot be imported: ZeroDivisionError", id="conftest"
        ),
        pytest.param({"a": ONE, "b": ONE}, None, "two checks have the id a.one", id="an-id-twice"),
        pytest.param({"a": ONE}, ["b.two"], "unknown check: b.two", id="unknown-choice"),
        pytest.param({"a": "def test_x(): pass\n"}, None, "no checks", id="no-checks"),
        pytest.param({}, None, "no checks in", id="no-files"),
        pytest.param({"a": ONE.replace("async def", "def")}, None, "cannot be imported.*async", id="not-async"),
        pytest.param(
            {"a": ONE.replace("level=", "requires=('z',), level=")}, None, "requires z", id="unknown-requirement"
        ),
    ],
)
def test_a_broken_pack_is_a_fault(
    files: dict[str, str], only: list[str] | None, said: str, harness: Any, pack: Any, free_port: int
) -> None:
    """The last event says what is wrong with it, and no check has run."""
    process = harness(Job(port=free_port, pack=pack(**files), seed=1, only=only))
    assert process.finish() == 1
    fault = process.events[-1]
    assert fault.event == "fault"
    assert re.search(said, f"{fault.message}\n{fault.detail}", re.DOTALL)
    assert "check_started" not in process.kinds()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"nonsense", id="no-json"),
        pytest.param(b'{"order": "job"}', id="incomplete"),
        pytest.param(b'{"order": "candidate_exited", "status": 1}', id="another-order"),
        pytest.param(b'{"order": "candidate_started"}', id="a-start-without-a-job"),
        pytest.param(b"", id="empty"),
    ],
)
def test_a_first_line_that_is_no_job_is_a_fault(line: bytes, harness: Any) -> None:
    """The host broke the protocol."""
    process = harness(line)
    assert process.finish() == 1
    assert process.kinds() == ["hello", "fault"]


def test_a_bad_later_line_is_a_fault(harness: Any, pack: Any, free_port: int) -> None:
    """It ends the run at once, whatever it waits for."""
    process = harness(Job(port=free_port, pack=pack(a=ONE), seed=1), b"nonsense")
    assert process.finish() == 1
    assert process.events[-1].event == "fault"

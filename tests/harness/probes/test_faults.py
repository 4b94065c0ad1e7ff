import json
from typing import Any

import pytest

from grader.harness.probes.faults import (
    BROKEN,
    NONSENSE,
    Fault,
    after,
    behind,
    good,
    in_pieces,
    lacking,
    never,
    status,
    trickled,
)
from grader.harness.upstream.script import Script, answer

BODY = {"id": "a", "title": "Walnut desk"}


class _Gate:
    """Stands for a gate, of which only the name matters."""

    name = "gate-7"


def _status(script: Script) -> int:
    return next(int(step[1]) for step in script if step[0] == "head")


def _body(script: Script) -> bytes:
    return b"".join(str(step[1]).encode("latin-1") for step in script if step[0] == "data")


def _length(script: Script) -> int:
    headers = next(dict(step[2]) for step in script if step[0] == "head")
    return int(headers["Content-Length"])


def test_a_good_answer_has_the_body() -> None:
    """It is what a script calls an answer."""
    assert good(BODY) == answer(BODY)


@pytest.mark.parametrize("code", [201, 404, 503])
def test_another_status_keeps_the_body(code: int) -> None:
    """Nothing but the status tells that it is no good answer."""
    assert (_status(status(code)(BODY)), json.loads(_body(status(code)(BODY)))) == (code, BODY)


def test_a_member_can_be_left_out() -> None:
    """All the others stay."""
    assert json.loads(_body(lacking("title")(BODY))) == {"id": "a"}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_whole_and_no_object(name: str) -> None:
    """It is answered with 200, has the length that it announces, and is no JSON object."""
    script = NONSENSE[name](BODY)
    value: Any = None
    try:
        value = json.loads(_body(script))
    except ValueError:
        assert name != "a list"
    assert not isinstance(value, dict)
    assert (_status(script), _length(script), script[-1]) == (200, len(_body(script)), ["end"])


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_does_not_end(name: str) -> None:
    """The connection goes before the answer is complete."""
    script = BROKEN[name](BODY)
    assert script[-1] in (["cut"], ["reset"])
    assert ["end"] not in script


def test_no_answer_is_silence() -> None:
    """The connection stays open."""
    assert never(BODY) == [["silence"]]


@pytest.mark.parametrize("fault", [good, status(503)], ids=["good", "503"])
def test_what_is_late_or_held_is_the_same_answer(fault: Fault) -> None:
    """A pause, or a gate, and then what it would have been at once."""
    assert after(1.5, fault)(BODY) == [["pause", 1.5], *fault(BODY)]
    assert behind(_Gate(), fault)(BODY) == [["wait", "gate-7"], *fault(BODY)]  # type: ignore[arg-type]


def test_a_body_in_pieces_is_whole_in_the_end() -> None:
    """Two pauses, after the headers and between the halves."""
    script = in_pieces(0.75)(BODY)
    assert [step[0] for step in script] == ["head", "pause", "data", "pause", "data", "end"]
    assert json.loads(_body(script)) == BODY


def test_a_trickle_never_ends() -> None:
    """Headers and a first byte at once, then one at a time."""
    assert [step[0] for step in trickled(0.3)(BODY)] == ["head", "data", "trickle"]
    assert trickled(0.3)(BODY)[-1][2] == 0.3

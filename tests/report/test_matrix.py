"""The kill matrix: readable at a hundred columns, and whole as JSON."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from grader.challenge.pack import Pack, load_pack
from grader.challenge.proof import Kind, Proof, Subject, Trial
from grader.report.matrix import Matrix, as_json
from grader.verdicts import Verdict

PASSED, FAILED = Verdict.PASSED, Verdict.FAILED


@pytest.fixture
def pack(make_pack: Callable[..., Path]) -> Pack:
    return load_pack(str(make_pack()))


def proof(pack: Pack, *rows: tuple[str, Kind, str, dict[str, Verdict]]) -> Proof:
    """A proof of one round: subject, kind, what must catch it, and what did."""
    found = Proof(pack, ())
    for name, kind, caught_by, verdicts in rows:
        subject = Subject(name, kind, Path(), caught_by=frozenset(caught_by.split()))
        found.subjects += (subject,)
        reasons = {check: "expected 1, got \x1b[31m2" for check, verdict in verdicts.items() if verdict is FAILED}
        found.trials.append(Trial(subject, 7, verdicts, reasons, 100.0, "", 0.5))
    return found


def printed(shown: Proof, width: int = 100) -> str:
    """What a terminal of that width shows."""
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
    console.print(Matrix(shown))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


GOOD = {"a.one": PASSED, "a.two": PASSED}


def test_rows_cells_and_gaps(pack: Pack) -> None:
    """Caught, missed and unexpected are told apart; correct builds stand first; the last line says what it comes to."""
    text = printed(
        proof(
            pack,
            ("late", Kind.MUTANT, "a.one", GOOD),
            ("both", Kind.MUTANT, "a.one", {"a.one": FAILED, "a.two": FAILED}),
            ("reference", Kind.CORRECT, "", GOOD),
        )
    )
    lines = text.splitlines()
    assert text.index("reference") < text.index("late")
    assert "late    ○·" in [line.rstrip() for line in lines]
    assert "both    ■✘" in [line.rstrip() for line in lines]
    assert "1 a.one 2 a.two" in [line.rstrip() for line in lines]
    assert "caught by nobody: late" in lines
    assert lines[-1] == "tiny: 3 gradings, 2 mutants, 2 checks: NOT proved"


def test_a_proof_that_holds_says_so(pack: Pack) -> None:
    """And names what no mutant exercises all the same."""
    text = printed(proof(pack, ("m", Kind.MUTANT, "a.one", {"a.one": FAILED, "a.two": Verdict.BLOCKED})))
    assert "exercised by no mutant: a.two" in text
    assert text.splitlines()[-1].endswith(": proved")


def test_reasons_of_a_candidates_own_text_are_harmless(pack: Pack) -> None:
    """What an application answered cannot steer the terminal."""
    text = printed(proof(pack, ("m", Kind.MUTANT, "a.one", {"a.one": FAILED, "a.two": FAILED})))
    assert "m: a.two: expected 1, got \\x1b[31m2" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [pytest.param(100, id="100"), pytest.param(40, id="40")])
def test_it_fits_the_width(pack: Pack, width: int) -> None:
    """Long names fold; the grid is left out where it does not fit."""
    name = "a-mutant-with-a-name-of-forty-characters"
    text = printed(proof(pack, (name, Kind.MUTANT, "a.one", {"a.one": FAILED, "a.two": PASSED})), width)
    assert max(map(len, text.splitlines())) <= width
    assert ("1 a.one" in text) is (width == 100)


def test_the_json_holds_the_matrix_and_every_trial(pack: Pack) -> None:
    """Plain data that any program reads."""
    shown = proof(pack, ("m", Kind.MUTANT, "a.one", {"a.one": FAILED, "a.two": PASSED}))
    data = json.loads(json.dumps(as_json(shown)))
    assert data["matrix"] == {"checks": ["a.one", "a.two"], "mutants": {"m": ["failed", "passed"]}}
    assert data["trials"][0]["verdicts"] == {"a.one": "failed", "a.two": "passed"}
    assert (data["holds"], data["unexercised"], data["trials"][0]["kind"]) == (True, ["a.two"], "mutant")

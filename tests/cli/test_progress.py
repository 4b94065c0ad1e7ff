"""What is said of a proof while it lasts, where no bar can be drawn."""

from io import StringIO

import pytest
from rich.console import Console

from grader.challenge.pack import load_pack
from grader.challenge.proof import Proof
from grader.cli.progress import ProofWatch
from grader.verdicts import Verdict
from tests.challenge.played import MakePack, subject, trial

P, F = Verdict.PASSED, Verdict.FAILED


@pytest.mark.parametrize(
    ("subjects", "rounds", "told"),
    [
        pytest.param(2, 1, [1, 2], id="few"),
        pytest.param(25, 2, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50], id="many"),
        pytest.param(12, 1, [2, 3, 4, 5, 6, 8, 9, 10, 11, 12], id="no round number"),
    ],
)
def test_a_plain_stream_is_told_of_each_tenth(subjects: int, rounds: int, told: list[int], make_pack: MakePack) -> None:
    """A log of CI says that a proof of an hour goes on, and is not flooded; what deviates is said at once."""
    stream = StringIO()
    proof = Proof(load_pack(str(make_pack())), tuple(subject(name=f"m{number}") for number in range(subjects)))
    slug, of = proof.pack.rubric.slug, subjects * rounds
    with ProofWatch(Console(file=stream, width=200), [proof], rounds) as watch:
        watch.step("seed 7")
        for number in range(of):
            proof.trials.append(trial(proof.subjects[number % subjects], 60, a_one=F if number else P, a_two=P))
            watch.seen(proof, proof.trials[-1])
    first, missed, *lines = stream.getvalue().splitlines()
    assert first == "seed 7"
    assert missed.startswith(f"✘ {slug}: m0: not caught by a.one")
    assert lines == [f"{slug}: {done} of {of} graded" for done in told]

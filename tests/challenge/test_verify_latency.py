"""Proofs of packs that measure latency, quick proofs, and those of a share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from grader.challenge.pack import Pack, load_pack
from grader.challenge.proof import Kind, Proof, Subject
from grader.challenge.verify import Prover, share_of
from grader.sandbox.pod import PodSpec
from grader.settings import Settings
from grader.verdicts import Verdict
from tests.challenge.played import B, F, I, MakePack, P, PlayedPod, PlayedSandbox, proved, story

SLOW_CHECK = '''

@check("a.latency", category="latency", level="mid", requires=("a.one",))
async def is_quick(latency):
    """It is quick.

    Somebody waits.
    """
'''


class AskedSandbox(PlayedSandbox):
    """Says of each pod's checks what the subject's story says, and remembers which were asked for."""

    def __init__(self, verdicts: dict[str, dict[str, Verdict]]) -> None:
        super().__init__({})
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self._verdicts = verdicts

    @contextmanager
    def pod(self, spec: PodSpec) -> Iterator[PlayedPod]:
        name = (spec.tree.root / "main.py").read_text().splitlines()[0]
        only = tuple(spec.job.only or ())
        if name != "# reference":
            self.asked.append((name, only))
        verdicts = self._verdicts.get(name, {})
        with_required = dict.fromkeys(["a.one", *only] if "a.latency" in only else only)
        pod = PlayedPod(story(**{one.replace(".", "_"): verdicts.get(one, P) for one in with_required}))
        self.running.append(pod)
        try:
            yield pod
        finally:
            self.running.remove(pod)


@pytest.fixture
def measured(make_pack: MakePack) -> Pack:
    """A pack that measures latency."""
    folder = make_pack()
    rubric, checks = folder / "challenge.toml", folder / "checks" / "a.py"
    weights = rubric.read_text().replace("validation = 40\nasync = 60", "validation = 30\nasync = 30\nlatency = 40")
    rubric.write_text(weights.replace("[environment]", "[latency]\n[environment]"))
    checks.write_text(checks.read_text() + SLOW_CHECK)
    home = folder / "solutions" / "reference"
    home.mkdir(parents=True)
    (home / "main.py").write_text("# reference\nfrom fastapi import FastAPI\napp = FastAPI()\n")
    return load_pack(str(folder))


def test_latency_is_measured_of_those_whom_it_is_about(build: Callable[..., Subject], measured: Pack) -> None:
    """Correct ones and mutants that are slow, after all else; the verdicts of both gradings stand in one trial."""
    good, slow, bad = build("good", Kind.CORRECT), build("slow", Kind.MUTANT, "a.latency"), build("bad")
    sandbox = AskedSandbox({"# slow": {"a.latency": F}, "# bad": {"a.one": F, "a.two": B}})
    proof = proved(sandbox, measured, good, slow, bad)
    assert proof.holds
    assert sorted(sandbox.asked[:3]) == [(name, ("a.one", "a.two")) for name in ("# bad", "# good", "# slow")]
    assert sorted(sandbox.asked[3:]) == [
        (name, (only,)) for name in ("# good", "# slow") for only in ("a.latency", "a.one")
    ]
    assert [trial.score for trial in proof.of(slow)] == [60]


def test_a_latency_that_cannot_be_told_is_measured_again(build: Callable[..., Subject], measured: Pack) -> None:
    """A few times; then the machine was in the way."""
    sandbox = AskedSandbox({"# good": {"a.latency": I}})
    proof = proved(sandbox, measured, build("good", Kind.CORRECT))
    assert [only for _, only in sandbox.asked] == [("a.one", "a.two"), *[("a.one",), ("a.latency",)] * 3]
    assert "inconclusive" in proof.deviations[0]


def test_a_quick_proof_grades_a_mutant_by_what_must_catch_it(build: Callable[..., Subject], measured: Pack) -> None:
    """And correct ones by everything but latency, which is slow."""
    good, bad = build("good", Kind.CORRECT), build("bad", Kind.MUTANT, "a.one", "a.latency")
    sandbox = AskedSandbox({"# bad": {"a.one": F}})
    proof = Proof(measured, (good, bad))
    Prover(sandbox, Settings(), 1, 5, lambda *_: None, lambda _: None, quick=True).prove(proof)
    assert sandbox.asked == [
        ("# good", ("a.one", "a.two")),
        ("# bad", ("a.one",)),
    ]


@pytest.mark.parametrize(("seed", "names"), [(6, "ad"), (7, "be"), (8, "c")])
def test_a_share_of_the_mutants_is_another_one_with_each_seed(
    build: Callable[..., Subject], seed: int, names: str
) -> None:
    """Over several runs each has its turn; all that is no mutant is graded in any case."""
    good = build("good", Kind.CORRECT)
    mutants = [build(name, Kind.MUTANT, "a.one") for name in "abcde"]
    assert [subject.name for subject in share_of((good, *mutants), 3, seed)] == ["good", *names]

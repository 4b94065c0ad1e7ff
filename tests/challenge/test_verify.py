"""The proof of a pack: what counts as a deviation, and how the prover runs what it is given."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.challenge.load import busy_loops
from grader.challenge.pack import Pack, load_pack
from grader.challenge.proof import Kind, Proof, Subject, Trial
from grader.challenge.scaffold import scaffold
from grader.challenge.verify import Prover, subjects_of
from grader.errors import EngineUnavailable, UsageError
from grader.sandbox.harness_pool import HarnessPool
from grader.sandbox.local_backend import LocalSandbox
from grader.sandbox.pod import PodSpec
from grader.settings import Settings
from grader.verdicts import Event, Fault, Hello, NotListening, Verdict
from tests.challenge.played import B, F, I, MakePack, P, PlayedPod, PlayedSandbox, proved, story, subject, trial

# --- judging


@pytest.mark.parametrize(
    ("kind", "score", "verdicts", "words"),
    [
        pytest.param(Kind.CORRECT, 100, {"a_one": P}, "", id="correct"),
        pytest.param(Kind.CORRECT, 99.9, {"a_one": F}, "scores 99.9, not 100: failed by a.one", id="correct fails"),
        pytest.param(Kind.CORRECT, 100, {"a_one": I}, "inconclusive, the machine was in the way: a.one", id="unsure"),
        pytest.param(Kind.NOTHING, 0, {"a_one": F}, "", id="nothing"),
        pytest.param(Kind.NOTHING, 0.1, {"a_two": P}, "scores 0.1, not 0: passed a.two", id="nothing earns"),
        pytest.param(Kind.YES, 4.9, {"a_one": F}, "", id="yes"),
        pytest.param(Kind.YES, 5, {"a_one": F}, "scores 5, not under 5", id="yes earns"),
        pytest.param(Kind.MUTANT, 60, {"a_one": F, "a_two": B}, "", id="mutant, the rest blocked"),
        pytest.param(Kind.MUTANT, 100, {"a_one": P, "a_two": P}, "not caught by a.one (passed)", id="not caught"),
        pytest.param(Kind.MUTANT, 0, {"a_one": F, "a_two": F}, "also failed by a.two", id="caught by another too"),
        pytest.param(
            Kind.MUTANT, 0, {"a_one": B, "a_two": F}, "not caught by a.one (blocked); also failed by a.two", id="both"
        ),
        pytest.param(Kind.MUTANT, 60, {"a_one": F, "a_two": I}, "inconclusive", id="mutant, one undecided"),
        pytest.param(Kind.CORRECT, None, {}, "it has no score", id="no score"),
    ],
)
def test_what_deviates_is_named(kind: Kind, score: float, verdicts: dict[str, Verdict], words: str) -> None:
    """One line that says what is not as it must be; nothing where all is well."""
    found = trial(subject(kind), score, **verdicts).deviation()
    assert found.startswith(words)
    assert bool(found) == bool(words)


@pytest.fixture
def pack(make_pack: MakePack) -> Pack:
    return load_pack(str(make_pack()))


def test_a_proof_names_each_deviation_change_and_gap_once(pack: Pack) -> None:
    """A mutant that nobody caught, a check that caught nobody, and a verdict that was not the same in every round."""
    caught, missed = subject(name="caught"), subject(name="missed")
    proof = Proof(pack, (caught, missed))
    for seed in (1, 2):
        proof.trials.append(trial(caught, 60, seed, a_one=F, a_two=B))
        proof.trials.append(trial(missed, 100, seed, a_one=P, a_two=P if seed == 1 else I))
    assert proof.uncaught == ["missed"]
    assert proof.unexercised == ["a.two"]
    assert proof.changes == ["missed: a.two: passed (seed 1) and inconclusive (seed 2)"]
    assert proof.deviations[0] == "missed: not caught by a.one (passed)"
    assert not proof.holds


def test_a_proof_without_a_trial_proves_nothing(pack: Pack) -> None:
    """Nothing deviates where nothing ran."""
    assert not Proof(pack, ()).holds


# --- running


class MeetingSandbox(PlayedSandbox):
    """Each pod waits for another one to be asked for."""

    def __init__(self, stories: dict[str, list[Event] | None]) -> None:
        super().__init__(stories)
        self._meeting = threading.Barrier(2, timeout=60)

    @contextmanager
    def pod(self, spec: PodSpec) -> Iterator[PlayedPod]:
        self._meeting.wait()
        with super().pod(spec) as pod:
            yield pod


def test_every_subject_is_graded_in_every_round(build: Callable[..., Subject], pack: Pack) -> None:
    """Each round has the next seed; equal dependencies are prepared once; who looks on sees every trial."""
    good, bad = build("good", Kind.CORRECT), build("bad", Kind.MUTANT, "a.one")
    sandbox = PlayedSandbox({"# good": story(a_one=P, a_two=P), "# bad": story(a_one=F, a_two=B)})
    seen: list[Trial] = []
    proof = proved(sandbox, pack, good, bad, seen=lambda _, trial: seen.append(trial), rounds=3)
    assert proof.holds
    assert sorted((one.subject.name, one.seed) for one in proof.trials) == [
        (name, seed) for name in ("bad", "good") for seed in (5, 6, 7)
    ]
    assert seen == proof.trials
    assert sandbox.prepared <= 2
    assert [one.score for one in proof.of(good)] == [100, 100, 100]


@pytest.mark.parametrize(
    ("events", "words"),
    [
        pytest.param(
            [Hello(), Fault(message="boom")], "not graded, by the grader's or the machine's fault", id="harness fault"
        ),
        pytest.param([Hello(), NotListening(seconds=1, exited=True)], "rejected: the application ended", id="no start"),
        pytest.param(story(a_one=F), "not graded, by the grader's", id="a verdict missing"),
    ],
)
def test_what_could_not_be_graded_is_a_deviation_of_its_own(
    events: list[Event], words: str, build: Callable[..., Subject], pack: Pack
) -> None:
    """Whose fault it was is said, and it is never taken for a mutant that was caught."""
    proof = proved(PlayedSandbox({"# m": events}), pack, build("m"))
    assert words in proof.deviations[0]
    assert not proof.holds


def test_a_pack_that_cannot_be_loaded_ends_it(build: Callable[..., Subject], pack: Pack) -> None:
    """The author's mistake, named once, and no deviation of twenty mutants."""
    fault = Fault(message="checks/a.py cannot be imported: ModuleNotFoundError: nope", pack=True)
    sandbox = PlayedSandbox({"# m": [Hello(), fault], "# n": None})
    with pytest.raises(UsageError, match=r"the pack cannot be loaded: checks/a.py cannot be imported: .*nope"):
        proved(sandbox, pack, build("m"), build("n"))
    assert sandbox.running == []


def test_where_nothing_can_run_there_is_no_proof(build: Callable[..., Subject], pack: Pack) -> None:
    """An engine that is missing is said once, and not of every mutant."""
    with pytest.raises(EngineUnavailable):
        proved(PlayedSandbox({}, EngineUnavailable("no engine")), pack, build("m"))


def test_an_interruption_ends_what_runs_and_starts_no_more(build: Callable[..., Subject], pack: Pack) -> None:
    """Ctrl-C while pods hang: they are left at once, and most of what waits is never started."""
    names = ["quick", "hangs", *(f"waits-{number}" for number in range(5))]
    stories = {f"# {name}": None for name in names} | {"# quick": story(a_one=F, a_two=B)}
    sandbox = PlayedSandbox(stories)

    def interrupted(_: Proof, __: Trial) -> None:
        assert sandbox.two_started.wait(60)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        proved(sandbox, pack, *(build(name) for name in names), seen=interrupted)
    assert sandbox.running == []
    assert not any(pod.hung.is_set() for pod in sandbox.pods)
    assert len(sandbox.pods) <= 3


def test_side_by_side_means_at_once(build: Callable[..., Subject], pack: Pack) -> None:
    """As many pods are open at once as there are jobs: each waits for the other."""
    sandbox = MeetingSandbox({"# m": story(a_one=F, a_two=B), "# n": story(a_one=F, a_two=B)})
    assert proved(sandbox, pack, build("m"), build("n")).holds


def test_packs_are_proved_in_one_pool(build: Callable[..., Subject], pack: Pack, make_pack: MakePack) -> None:
    """A subject of one pack runs beside one of another; each proof gets its own trials."""
    other = load_pack(str(make_pack()))
    sandbox = MeetingSandbox({"# m": story(a_one=F, a_two=B), "# n": story(a_one=F, a_two=B)})
    proofs = Proof(pack, (build("m"),)), Proof(other, (build("n"),))
    Prover(sandbox, Settings(), 2, seed=5, seen=lambda *_: None, step=lambda _: None).prove(*proofs)
    assert [[trial.subject.name for trial in proof.trials] for proof in proofs] == [["m"], ["n"]]


# --- for real


@pytest.fixture
def fresh(tmp_path: Path) -> Pack:
    """A pack as `grader challenge new` makes it."""
    return load_pack(str(scaffold("order-book", tmp_path)))


def test_subjects_are_solutions_constants_and_mutants(fresh: Pack, tmp_path: Path) -> None:
    """What has to be written is written, and nothing else of the pack is touched."""
    (tmp_path / "work").mkdir()
    found = subjects_of(fresh, tmp_path / "work")
    kinds = [one.kind for one in found]
    assert [one.name for one in found][:4] == ["reference", "sqlite", "404 to everything", "200 {} to everything"]
    assert kinds.count(Kind.MUTANT) == 6
    assert all(one.folder.is_relative_to(tmp_path / "work") for one in found if one.kind is not Kind.CORRECT)


def test_a_mutant_must_not_be_called_like_a_solution(fresh: Pack, tmp_path: Path) -> None:
    """Their verdicts would be told apart by nobody."""
    file = fresh.folder / "mutants.toml"
    file.write_text(file.read_text().replace('"kept-elsewhere"', '"sqlite"'))
    with pytest.raises(UsageError, match="mutant sqlite is called like a solution"):
        subjects_of(fresh, tmp_path)


def test_verdicts_of_kept_harnesses_are_those_of_fresh_ones(fresh: Pack, tmp_path: Path) -> None:
    """Nothing of one job reaches the next: not a module of the pack, not a random number, not a verdict."""
    subjects = subjects_of(fresh, tmp_path)
    settings = Settings()

    def verdicts(sandbox: LocalSandbox) -> dict[str, object]:
        proof = Proof(fresh, subjects)
        Prover(sandbox, settings, 1, 7, lambda *_: None, lambda _: None).prove(proof)
        assert proof.deviations == []
        return {one.subject.name: (one.score, one.verdicts) for one in proof.trials}

    with HarnessPool() as pool:
        kept = verdicts(LocalSandbox(settings, pool=pool))
    assert kept == verdicts(LocalSandbox(settings))


def test_busy_loops_end_with_their_block() -> None:
    """Also when it is left by an exception."""

    def count() -> int:
        return sum(len(path.read_text().split()) for path in Path("/proc/self/task").glob("*/children"))

    if not list(Path("/proc/self/task").glob("*/children")):
        pytest.skip("needs Linux's /proc")
    before = count()
    with contextlib.suppress(KeyboardInterrupt), busy_loops(2):
        assert count() == before + 2
        raise KeyboardInterrupt
    assert count() == before

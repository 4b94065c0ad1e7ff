"""A job's key: what decides a verdict is in it, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.entries import Entry
from grader.batch.job import Job, JobMaker, Terms
from grader.errors import UsageError
from grader.settings import Settings

Jobs = Callable[..., list[Job]]


@pytest.mark.parametrize(
    ("terms", "same"),
    [
        pytest.param({}, True, id="asked again"),
        pytest.param({"seed": 8}, False, id="another seed"),
        pytest.param({"options": {"database": "postgres"}}, False, id="another option"),
        pytest.param({"latency": False}, False, id="without latency"),
        pytest.param({"sandbox": "local"}, False, id="another sandbox"),
    ],
)
def test_the_terms_are_part_of_the_key(jobs: Jobs, terms: dict[str, object], same: bool) -> None:
    """A report under one key answers for another call only where that asked for the same."""
    (before,), (after,) = jobs("a"), jobs("a", **terms)
    assert (before.key == after.key) is same


def test_submission_and_challenge_are_part_of_the_key(jobs: Jobs, make_pack: Callable[..., Path]) -> None:
    """By their contents; what the submission is called, and where it is, is not."""
    (before,) = jobs("a")
    renamed = before.model_copy(update={"name": "b", "source": "/elsewhere"})
    assert renamed.key == before.key
    check = make_pack() / "checks" / "a.py"
    check.write_text(check.read_text().replace("weight=2.5", "weight=3"))
    Path(before.source, "more.py").write_text("x = 1\n")
    changed = JobMaker(Terms(seed=7, challenge=before.challenge), Settings()).job(Entry("a", Path(before.source)))
    assert changed.challenge_hash != before.challenge_hash
    assert changed.digest != before.digest
    assert len({before.key, changed.key, changed.model_copy(update={"digest": before.digest}).key}) == 3


def test_the_order_of_options_says_nothing(jobs: Jobs) -> None:
    """Whoever resumes may write them in another."""
    (job,) = jobs("a")
    one, other = ({"a": "1", "b": "2"}, {"b": "2", "a": "1"})
    keys = {job.model_copy(update={"terms": Terms(seed=7, options=options)}).key for options in (one, other)}
    assert len(keys) == 1


def test_a_job_survives_the_wire(jobs: Jobs) -> None:
    """As JSON."""
    (job,) = jobs("a", options={"database": "postgres"})
    again = Job.model_validate_json(job.model_dump_json())
    assert (again, again.key) == (job, job.key)


def test_what_the_pipeline_is_asked(jobs: Jobs) -> None:
    """With the submission wherever it is on that machine, under its own name."""
    (job,) = jobs("a", latency=False, options={"database": "postgres"})
    asked = job.request(Path("/tmp/x.tar"))  # noqa: S108
    assert (asked.source, asked.name, asked.seed) == (Path("/tmp/x.tar"), "a", 7)  # noqa: S108
    assert (asked.challenge, asked.options, asked.latency) == (job.challenge, {"database": "postgres"}, False)


def test_a_manifests_challenge_goes_before_the_batchs(project: Callable[[str], Path]) -> None:
    """And one that nobody names is the submission's own, whose hash is not known yet."""
    maker = JobMaker(Terms(seed=1, challenge="user-directory"), Settings())
    assert maker.job(Entry("a", project("a"), "receipt-points")).challenge == "receipt-points"
    assert maker.job(Entry("a", project("a"))).challenge == "user-directory"
    own = JobMaker(Terms(seed=1), Settings()).job(Entry("a", project("a")))
    assert (own.challenge, own.challenge_hash) == (None, None)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        pytest.param({"challenge": "nope"}, "nope", id="no such challenge"),
        pytest.param({"challenge": "user-directory", "options": {"x": "y"}}, "no option 'x'", id="no such option"),
    ],
)
def test_what_cannot_be_graded_is_said_before_anything_is(
    project: Callable[[str], Path], terms: dict[str, object], words: str
) -> None:
    """Not of each of five hundred submissions, in the morning."""
    with pytest.raises(UsageError, match=words):
        JobMaker(Terms(seed=1, **terms), Settings()).job(Entry("a", project("a")))  # type: ignore[arg-type]

"""Public checks are those that `challenge.toml` names; all others are hidden."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.challenge.lint import lint_pack
from grader.challenge.pack import available, load_pack
from grader.errors import UsageError

MakePack = Callable[..., Path]
Publish = Callable[..., Path]
TOLD_BY_NOBODY = {"async", "latency", "durability"}


@pytest.mark.parametrize("slug", available())
def test_a_shipped_pack_shows_about_a_quarter(slug: str) -> None:
    """Health and the plain ways are among it; what async code, latency and durability are judged by is not."""
    pack = load_pack(slug)
    assert 0.2 <= len(pack.public) / len(pack.checks) <= 0.3
    assert pack.hidden_needs == ()
    assert {check.category for check in pack.public} & TOLD_BY_NOBODY == set()
    assert {"service.health"} < {check.id for check in pack.public}
    assert len(set(pack.rubric.public)) == len(pack.rubric.public)


def test_a_check_is_hidden_where_nothing_is_said(make_pack: MakePack) -> None:
    """A pack that names none has none, and a public run of it is refused."""
    pack = load_pack(str(make_pack()))
    assert pack.public == ()
    with pytest.raises(UsageError, match="tiny has no public checks"):
        pack.select([], public=True)


def test_a_public_run_selects_the_public_checks(make_pack: MakePack, publish: Publish) -> None:
    """A hidden check cannot be asked for by its id: it is as unknown as any other word."""
    pack = load_pack(str(publish(make_pack(), "a.one")))
    assert [check.id for check in pack.select([], public=True)] == ["a.one"]
    assert [check.id for check in pack.select([])] == ["a.one", "a.two"]
    for name in ("a.two", "a.three"):
        with pytest.raises(UsageError, match=f"tiny has no public check '{name}'"):
            pack.select([name], public=True)


def test_a_public_check_cannot_require_a_hidden_one(make_pack: MakePack, publish: Publish) -> None:
    """`lint` names it, and a public run is refused: its report would have to tell of the hidden one."""
    pack = load_pack(str(publish(make_pack(), "a.two")))
    words = "checks/a.py:15: the public check a.two requires a.one, which is hidden"
    assert words in lint_pack(pack)
    with pytest.raises(UsageError, match=words):
        pack.select([], public=True)


def test_a_public_check_that_does_not_exist_is_named(make_pack: MakePack, publish: Publish) -> None:
    """A misspelt id would hide a check that was meant to be shown."""
    with pytest.raises(UsageError, match=r"challenge\.toml: public names check 'a\.tow', which does not exist"):
        load_pack(str(publish(make_pack(), "a.tow")))

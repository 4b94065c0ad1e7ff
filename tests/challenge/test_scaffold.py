"""A new pack is whole at once, or not there at all."""

from pathlib import Path

import pytest

from grader.challenge import scaffold as module
from grader.challenge.lint import lint_pack
from grader.challenge.mutants import read_mutants, variants
from grader.challenge.pack import load_pack
from grader.challenge.scaffold import scaffold
from grader.errors import UsageError
from grader.sandbox.local_backend import LocalSandbox
from grader.settings import Settings


def test_a_new_pack_carries_its_own_name_and_is_in_good_form(tmp_path: Path) -> None:
    """Slug and title stand wherever the template's stood; lint finds nothing; the starter starts."""
    folder = scaffold("order-book", tmp_path / "packs")
    pack = load_pack(str(folder))
    assert (folder, pack.rubric.slug, pack.rubric.title) == (tmp_path / "packs/order-book", "order-book", "Order book")
    texts = [path.read_text() for path in folder.rglob("*") if path.is_file()]
    assert [text for text in texts if "new-challenge" in text or "New challenge" in text] == []
    assert lint_pack(pack, LocalSandbox(Settings())) == []


def test_a_new_pack_is_a_model_to_learn_from(tmp_path: Path) -> None:
    """Several checks over two operations, mutants for each of them, and a variant."""
    pack = load_pack(str(scaffold("order-book", tmp_path)))
    caught = {name for mutant in read_mutants(pack) for name in mutant.caught_by}
    assert caught == {check.id for check in pack.checks}
    assert len(pack.checks) >= 4
    assert list(variants(pack)) == ["reference", "sqlite"]


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        pytest.param("Order", "is no slug", id="capitals"),
        pytest.param("../order", "is no slug", id="path"),
        pytest.param("order_book", "is no slug", id="underscore"),
        pytest.param("-order", "is no slug", id="hyphen first"),
        pytest.param("", "is no slug", id="empty"),
        pytest.param("user-directory", "a challenge of the grader's own", id="shipped"),
        pytest.param("there", "there exists", id="exists"),
    ],
)
def test_a_name_that_cannot_be_is_refused(slug: str, words: str, tmp_path: Path) -> None:
    """One line, and the folder is as it was."""
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError) as raised:
        scaffold(slug, tmp_path)
    assert words in raised.value.message
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]


def test_nothing_is_left_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong on the way, there is no folder; neither a draft."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_fill_in", fail)
    with pytest.raises(UsageError, match="order-book: cannot be written: No space left"):
        scaffold("order-book", tmp_path)
    assert list(tmp_path.iterdir()) == []

"""From a folder to a similarity: who is listed, in an order that is the same each time, and what `--blind` hides."""

import itertools
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.copying import disguised
from grader.batch.entries import find_entries
from grader.challenge.pack import available
from grader.errors import UsageError
from grader.places import challenges_dir, references_dir
from grader.report.compare.names import pseudonym_words
from grader.settings import Settings
from grader.similar import build
from grader.similar.build import compare_code, read_cohort
from grader.similar.common import Nobodys
from grader.similar.model import Similarity
from tests.similar.conftest import function

Compared = Callable[..., Similarity]
Put = Callable[..., Path]


def own(number: int) -> str:
    """Code that nobody else has."""
    return "".join(function(1_000 * number + part) for part in range(8))


def pairs(similarity: Similarity) -> list[tuple[str, str]]:
    """Who is listed."""
    return [(pair.left, pair.right) for pair in similarity.pairs]


def test_a_copy_is_listed_and_independent_work_is_not(put: Put, compared: Compared) -> None:
    """With figures and passages; what cannot be read costs the others nothing."""
    for name, number in {"ann": 1, "bob": 2, "eve": 3}.items():
        put(name, own(number))
    put("tim", {"app/x.py": disguised(own(2)), "README.md": "mine"})
    put("ron", {"x": ""}).joinpath("link.py").symlink_to("/etc/passwd")
    found = compared()
    assert pairs(found) == [("bob", "tim")]
    assert (found.pairs[0].share > 85, found.pairs[0].identical) == (True, False)
    assert found.pairs[0].longest == found.pairs[0].passages[0].tokens > 50
    assert [(one.name, one.kind) for one in found.rejected] == [("ron", "ArchiveRejected")]
    assert found.rejected[0].reason.startswith("entry 'link.py' is a symbolic link")
    assert [one.name for one in found.submissions] == ["ann", "bob", "eve", "tim"]


def test_real_solutions_and_a_copy_of_one(compared: Compared, tmp_path: Path) -> None:
    """As archives, as they are handed in; without the starter's code."""
    for variant in sorted((references_dir() / "user-directory").iterdir()):
        with zipfile.ZipFile(tmp_path / f"{variant.name}.zip", "w") as archive:
            for file in sorted(variant.rglob("*.py")):
                archive.writestr(f"{variant.name}/{file.relative_to(variant)}", file.read_text())
    with zipfile.ZipFile(tmp_path / "thief.zip", "w") as archive:
        archive.writestr("main.py", disguised((references_dir() / "user-directory/memory/main.py").read_text()))
    found = compared(tmp_path, challenge="user-directory")
    assert pairs(found) == [("memory", "thief")]
    assert found.ignored == ["the starter of user-directory"]


def test_the_order_hangs_on_nothing_but_the_submissions(put: Put, compared: Compared, tmp_path: Path) -> None:
    """In whatever order they are named."""
    for name, number in {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "f": 3}.items():
        put(name, own(number))
    put("g", own(2)[:500] + own(4))
    folders = sorted((tmp_path / "cohort").iterdir())
    orders = [folders, folders[::-1], folders[3:] + folders[:3]]
    first, *others = [compared(*order).model_dump(exclude={"created_at"}) for order in orders]
    assert others == [first, first]
    assert [(pair["left"], pair["right"]) for pair in first["pairs"]][:4] == [
        ("a", "b"),
        ("a", "c"),
        ("b", "c"),
        ("d", "e"),
    ]
    shares = [(-pair["share"], -pair["longest"]) for pair in first["pairs"]]
    assert shares == sorted(shares)


@pytest.mark.parametrize("slug", available())
def test_an_unchanged_starter_is_no_match(put: Put, compared: Compared, slug: str) -> None:
    """Two that handed it in have nothing of their own, whether the challenge is named by the caller or by them."""
    starter = challenges_dir() / slug / "starter"
    files = {file.relative_to(starter).as_posix(): file.read_bytes() for file in starter.rglob("*.*") if file.is_file()}
    put("ann", files)
    put("bob", files)
    for challenge in (slug, None):
        found = compared(challenge=challenge)
        assert pairs(found) == []
        assert [one.comparable for one in found.submissions] == [False, False]
        assert found.ignored == [f"the starter of {slug}"]


def test_a_challenge_that_does_not_ship_is_not_looked_for(put: Put, compared: Compared, tmp_path: Path) -> None:
    """A submission cannot name a folder whose code would count for nothing."""
    (tmp_path / "starter").mkdir()
    (tmp_path / "starter" / "main.py").write_text(own(1))
    named = {"pyproject.toml": f'[tool.grader]\nchallenge = "{tmp_path}"\n', "main.py": own(1)}
    put("ann", named)
    put("bob", named | {"other.py": own(2)})
    found = compared()
    assert (found.ignored, pairs(found)) == ([], [("ann", "bob")])


@pytest.mark.parametrize("kind", ["file", "folder", "archive"])
def test_a_template_counts_for_nothing(put: Put, compared: Compared, tmp_path: Path, kind: str) -> None:
    """Nor is what they built on it hidden by it."""
    put("ann", own(1) + own(2))
    put("bob", own(1) + own(3))
    put("eve", own(1) + own(3))
    template = {"file": tmp_path / "t.py", "folder": tmp_path / "t" / "main.py", "archive": tmp_path / "t.zip"}[kind]
    template.parent.mkdir(exist_ok=True)
    if kind == "archive":
        with zipfile.ZipFile(template, "w") as archive:
            archive.writestr("main.py", own(1))
    else:
        template.write_text(own(1))
    assert len(pairs(compared())) == 3
    assert pairs(compared(ignore=(template.parent if kind == "folder" else template,))) == [("bob", "eve")]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param({"x.txt": "no"}, "not a zip or tar archive", id="no archive"),
        pytest.param({"x.txt/tests/test_x.py": "x = 1"}, "no Python in it that is compared", id="tests alone"),
    ],
)
def test_a_template_that_cannot_be_read_is_wrong_usage(
    put: Put, compared: Compared, tmp_path: Path, files: dict[str, str], words: str
) -> None:
    """It would be missed in silence."""
    put("ann", own(1))
    put("bob", own(2))
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    with pytest.raises(UsageError, match=words):
        compared(ignore=(tmp_path / "x.txt",))


def test_it_takes_two(put: Put, compared: Compared) -> None:
    """And what is wrong with the others is said."""
    put("ann", own(1))
    put("bob", {})
    (put("bob", {"x/y": ""}) / "x" / "y").unlink()
    with pytest.raises(UsageError, match="1 of 2 submissions can be read, and it takes two; bob: it is empty"):
        compared()


def test_the_threshold_is_the_callers(put: Put, compared: Compared) -> None:
    """A copied third is listed where it is asked for."""
    put("ann", own(1) + own(2) + own(3) + own(4))
    put("bob", own(1) + own(5) + own(6) + own(7))
    assert pairs(compared()) == []
    assert pairs(compared(at_least=15)) == [("ann", "bob")]


def test_blind_names_are_those_of_compare(put: Put, compared: Compared) -> None:
    """They are made of the same hash; the same files twice are told apart; nobody is named anywhere."""
    for name in ("jane-doe", "john-doe", "joan-doe"):
        put(name, {f"{name}.py": f'"""By {name}."""\n# {name}\n' + own(1)})
    put("jack-doe", {"joan-doe.py": '"""By joan-doe."""\n# joan-doe\n' + own(1)})
    put("rej-doe", {"x": ""}).joinpath("doe").symlink_to("/etc/passwd")
    put("big-doe", {"doe.py": "#" * 300_000})
    found = compared(salt=b"salt")
    digest = read_cohort(find_entries([put("jane-doe", {})] * 1 + [put("john-doe", {})]), Settings()).codes[0].digest
    assert pseudonym_words([digest.encode()], b"salt")[0] in [one.name for one in found.submissions]
    assert sorted(one.name[-4:] for one in found.submissions if one.name.endswith(")")) == [" (2)"]
    assert len(found.pairs) == 6
    assert "doe" not in found.model_dump_json()
    assert [name for pair in found.pairs for name in (pair.left, pair.right) if not name.startswith("candidate-")] == []


def test_many_pairs_are_cut_and_counted(monkeypatch: pytest.MonkeyPatch, put: Put, compared: Compared) -> None:
    """The most similar stay."""
    monkeypatch.setattr(build, "_MOST_PAIRS", 3)
    for name in "abcd":
        put(name, own(1) + (own(2)[:400] if name == "d" else ""))
    found = compared()
    assert (pairs(found), found.more) == ([("a", "b"), ("a", "c"), ("a", "d")], 3)


def test_who_is_compared_with_whom(put: Put, tmp_path: Path) -> None:
    """Everybody with everybody, once, and nobody with themselves."""
    for name in "abcde":
        put(name, own(1))
    cohort: Any = read_cohort(find_entries([tmp_path / "cohort"]), Settings())
    found = compare_code(cohort, Nobodys())
    assert pairs(found) == list(itertools.combinations("abcde", 2))

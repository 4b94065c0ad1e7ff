"""Files that make a reader work for hours: each is small, and read in a time that follows its size.

Where such a defence is missing, the run does not end within the deadline that all attacks have.
"""

import random

import pytest

from tests.attacks.attack import HONEST, Attack

PACKAGES = 1_900
REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "requirements of ten megabytes": (
        {"requirements.txt": "".join(f"a{n}\n" for n in range(1_300_000))},
        "larger than 1024 KiB",
    ),
    "a million empty lines, and one": ({"requirements.txt": "\n" * 1_000_000 + "-e ."}, "requirements.txt:1000001"),
    "many in pyproject.toml": (
        {"pyproject.toml": "[project]\ndependencies = [\n" + '"a",\n' * 45_000 + "]\n"},
        "more than 500",
    ),
    "blanks in a version of Poetry's": (
        {"pyproject.toml": '[tool.poetry.dependencies]\nx = "1,' + " " * 200_000 + '<"\n'},
        "no version constraint",
    ),
    "many in Pipfile.lock": (
        {"Pipfile.lock": '{"default":{' + ",\n".join(f'"a{n}": {{"version":"==1"}}' for n in range(80_000)) + "}}"},
        "more than 2000",
    ),
    "long packages in poetry.lock": (
        {
            "poetry.lock": "".join(
                f'[[package]]\nname = "a{n}"\nversion = "1"\n' + "# x\n" * 100 for n in range(PACKAGES)
            )
        },
        "more than 500",
    ),
    "four thousand modules of others": (
        {"main.py": "import m0\n" + HONEST} | {f"m{n}.py": f"import m{n + 1}, zz{n}\n" for n in range(4_000)},
        "modules of",
    ),
}


@pytest.mark.parametrize(("files", "words"), REFUSED.values(), ids=REFUSED)
def test_declarations(attack: Attack, files: dict[str, str], words: str) -> None:
    """It is refused by what is wrong with it."""
    attack.app(files={"requirements.txt": "", **files}).rejected("DependenciesRejected", words)


def test_beside_a_solution(attack: Attack) -> None:
    """Blanks, quotes, folders and files without an end beside a correct solution: it earns what it earns."""
    deep = "/".join(["d"] * 25)
    files: dict[str, str | bytes] = {
        "noise.txt": random.Random(1).randbytes(500_000),  # keeps the ratio of the whole within bounds
        "blanks.py": "from x import" + " " * 250_000 + ";\n",
        "pyproject.toml": 'a = "' + '\\"' * 120_000 + "\n",
        **{f"requirements-dev-{n}.txt": "a\n" * 100_000 for n in range(100)},
        **{f"{deep}/module{n}.py": "import os\n" * 20_000 for n in range(100)},
    }
    archive = {f"app/{name}": content for name, content in files.items()}
    usual = {"app/main.py": HONEST, "app/requirements.txt": "fastapi\nhttpx\n"}
    attack.archive(attack.zipped({**archive, **usual})).graded(score=100)

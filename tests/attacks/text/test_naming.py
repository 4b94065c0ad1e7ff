"""The same text in names: of archives, of their members, of dependencies, in pyproject.toml."""

import pytest

from tests.attacks.attack import HONEST, REQUIREMENTS, Attack
from tests.attacks.text.steered import steers_nobody

NAMES = {
    "command": "::error::Zebra",
    "old command": "##[error]Zebra",
    "markup": "<img src=x onerror=alert(1)>Zebra",
    "Rich": "[bold]Zebra[/x][link=http:",
    "Markdown": "@org/team #1 Zebra ```` | ** __",
    "formula": "=HYPERLINK(1)Zebra",
    "controls": "\x1b[31mZebra\x9b\r\n::error::x",
    "bidi": "Zebra\u202egpj.exe",
}
QUICK = {"command", "Rich", "controls", "formula"}
EVERY = [pytest.param(name, id=key, marks=[] if key in QUICK else pytest.mark.slow) for key, name in NAMES.items()]


@pytest.mark.parametrize("name", [NAMES["command"], NAMES["Rich"], NAMES["bidi"], NAMES["formula"]])
def test_the_archive(attack: Attack, name: str) -> None:
    """What is handed in is named, and is no archive: nothing but the name speaks."""
    path = attack.root / f"{name.replace('/', '-')}.zip"
    path.write_text("no archive")
    outcome = attack.archive(path)
    outcome.rejected("ArchiveRejected", "Zebra")
    steers_nobody(outcome)


@pytest.mark.parametrize("name", EVERY)
def test_a_member_that_is_refused(attack: Attack, name: str) -> None:
    """A path that leads out is refused by its name."""
    path = attack.zipped({"main.py": HONEST, f"../{name}": "x"})
    outcome = attack.archive(path)
    outcome.rejected("ArchiveRejected", "Zebra")
    steers_nobody(outcome)


@pytest.mark.parametrize("name", EVERY)
def test_a_dependency(attack: Attack, name: str) -> None:
    """A line that is no name and version is refused, and quoted."""
    outcome = attack.app(HONEST, {"requirements.txt": f"{REQUIREMENTS}Zebra @ {name}\n"})
    outcome.rejected("DependenciesRejected", "Zebra")
    steers_nobody(outcome)


@pytest.mark.parametrize(
    "name",
    [NAMES["command"], *(pytest.param(NAMES[key], marks=pytest.mark.slow) for key in ("Rich", "markup"))],
)
def test_a_folder_of_the_application(attack: Attack, name: str) -> None:
    """A correct solution in a folder of that name is graded, and the name is shown wherever the folder is."""
    folder = name.replace("/", "-")
    outcome = attack.archive(
        attack.zipped({f"{folder}/main.py": HONEST, f"{folder}/requirements.txt": REQUIREMENTS, "README.md": "Zebra"})
    )
    outcome.graded(score=100)
    steers_nobody(outcome)


def test_two_applications(attack: Attack) -> None:
    """Where there are several, each is named; their names are files of the candidate's."""
    name = "::error::Zebra[bold]"
    outcome = attack.archive(attack.zipped({f"a/{name}.py": HONEST, f"b/{name}.py": HONEST}))
    outcome.rejected("EntryPointRejected", "several applications", "a/::error")
    steers_nobody(outcome, mark="several applications")


def test_fields_of_pyproject(attack: Attack) -> None:
    """What it says of project, challenge and application is text, where it is right and where it is not."""
    fields = '[project]\nname = "::error::Zebra"\nversion = "[/bold]"\ndependencies = ["##[error]Zebra[/x] ~= 1"]\n'
    outcome = attack.app(HONEST, {"requirements.txt": "", "pyproject.toml": fields})
    outcome.rejected("DependenciesRejected", "Zebra")
    steers_nobody(outcome)

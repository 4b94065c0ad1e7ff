"""Declarations that are more than names and versions: refused where they stand, before anything is asked of anybody."""

import pytest

from tests.attacks.attack import REQUIREMENTS, Attack

LINES = {
    "another index": "--index-url http://127.0.0.1:1/simple",
    "an editable folder": "-e .",
    "a file of the host": "-r ../../../../../../etc/hosts",
    "constraints of the host": "--constraint /etc/passwd",
    "settings of the build": "idna --config-settings=--build-option=x",
    "an address": "idna @ https://127.0.0.1:1/idna-9.0-py3-none-any.whl",
    "version control": "git+https://127.0.0.1:1/idna.git#egg=idna",
    "a line behind a separator": "idna\u2028--index-url http://127.0.0.1:1",
    "a marker without an answer": 'idna ; sys_platform ~= "linux"',
    "a marker of lock files": "idna ; 'x' in dependency_groups",
    "a version larger than any": "idna==99999999999999999999999999",
    "a version that is none": "idna===latest-and-greatest",
    "parentheses without an end": f"idna ; {'(' * 400}os_name == 'x'{')' * 400}",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_in_requirements_txt(attack: Attack, line: str) -> None:
    """The refusal names the file and the line."""
    outcome = attack.app(files={"requirements.txt": f"{REQUIREMENTS}{line}\n"})
    outcome.rejected("DependenciesRejected", "requirements.txt:3")


ADDRESS = "https://127.0.0.1:1/idna-9.0-py3-none-any.whl"
FILES = {
    "pyproject.toml": f'[project]\nname = "mine"\ndependencies = ["idna @ {ADDRESS}"]\n',
    "Pipfile": '[packages]\nidna = {git = "https://127.0.0.1:1/idna.git"}\n',
    "Pipfile.lock": f'{{"default": {{"idna": {{"file": "{ADDRESS}"}}}}}}\n',
    "uv.lock": f'version = 1\n[[package]]\nname = "idna"\nversion = "9.0"\nsource = {{ url = "{ADDRESS}" }}\n',
    "poetry.lock": f'[[package]]\nname = "idna"\nversion = "9.0"\n[package.source]\ntype = "url"\nurl = "{ADDRESS}"\n',
    "pylock.toml": f'[[packages]]\nname = "idna"\nversion = "9.0"\narchive = {{ url = "{ADDRESS}" }}\n',
}


@pytest.mark.parametrize("name", FILES)
def test_addresses_elsewhere(attack: Attack, name: str) -> None:
    """An address is refused in every file in which dependencies can stand."""
    attack.app(files={"requirements.txt": "", name: FILES[name]}).rejected("DependenciesRejected", name)

"""Files that pytest, Python or the grader would read, if they ever looked into a submission."""

from pathlib import Path

from grader.verdicts import Verdict
from tests.attacks.attack import Attack
from tests.attacks.tampering.apps import BLOCKING, decided

CONFIGURATION = {
    "pytest.ini": "[pytest]\naddopts = -p planted --collect-only\n",
    "tox.ini": "[pytest]\naddopts = -p planted --collect-only\n",
    "setup.cfg": "[tool:pytest]\naddopts = -p planted --collect-only\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-p planted --collect-only'\n",
    "planted-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n",
    "planted-1.0.dist-info/entry_points.txt": "[pytest11]\nplanted = planted\n",
    "planted.pth": "import planted\n",
    "planted.egg-link": ".\n",
    "__pycache__/main.cpython-313.pyc": b"\0" * 64,
    ".env": "PYTHONSTARTUP=planted.py\nUVICORN_APP=planted:app\nUVICORN_PORT=9999\n",
    ".python-version": "2.7\n",
}
CODE = ("conftest.py", "checks/conftest.py", "tests/conftest.py", "sitecustomize.py", "usercustomize.py", "planted.py")
SHADOWS = ("grader", "uvicorn", "json", "asyncio", "types", "os", "pytest", "respx", "blockbuster", "asgi_lifespan")


def planted(canary: Path, name: str) -> str:
    """Code that says that it runs, tries to leave a mark on the host, and ends its process."""
    return f"import os, sys\nos.write(2, b'PLANTED {name}\\n')\nopen({str(canary)!r}, 'w').close()\nos._exit(0)\n"


def test_configuration_and_start_up_code(attack: Attack, tmp_path: Path) -> None:
    """Nothing of it runs, nowhere."""
    canary = tmp_path / "canary"
    homes = ("", ".local/lib/python3.13/site-packages/", "lib/python3.13/site-packages/")
    code = {f"{home}{name}": planted(canary, name) for home in homes for name in CODE}
    outcome = attack.app(files={**CONFIGURATION, **code})
    outcome.graded(score=100)
    assert "PLANTED" not in outcome.log
    assert not canary.exists()


def test_names_of_ours_and_of_the_standard_library(attack: Attack, tmp_path: Path) -> None:
    """None of it runs: neither where the application is started nor where its blocking line is looked for."""
    canary = tmp_path / "canary"
    modules = {f"{name}.py": planted(canary, name) for name in SHADOWS}
    packages = {f"grader/{name}.py": planted(canary, name) for name in ("__init__", "verdicts", "harness/__init__")}
    outcome = decided(attack, lambda: attack.app(BLOCKING, {**modules, **packages}))
    report = outcome.graded(score=80)
    assert outcome.verdicts()["notes.tags"] is Verdict.FAILED
    assert [(one.file, one.call) for one in report.insights] == [("main.py", "httpx.get")]
    assert "PLANTED" not in outcome.log
    assert not canary.exists()

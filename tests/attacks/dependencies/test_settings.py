"""Files that steer pip, uv and builds: they are data, and nobody follows them."""

from tests.attacks.dependencies.conftest import OWN, Index
from tests.attacks.dependencies.shelf import wheel

MARK = """
import pathlib, os
for folder in (os.path.dirname(os.path.abspath(__file__)), "/tmp", os.path.expanduser("~")):
    try:
        pathlib.Path(folder, "ran").touch()
    except OSError:
        pass
"""
LOOK = """
import json, os
places = (".", "backend", "/tmp", os.path.expanduser("~"))
print("FOUND", json.dumps([place for place in places if os.path.exists(place + "/ran")]))
import greeting
"""


def test_nobody_follows_them(index: Index) -> None:
    """Another index is named in every way there is, and a build in every way there is.

    Nothing asks that index, nothing is built, and the solution is graded with what the one index has.
    """
    index.stock(wheel("greeting", "1.0", {"greeting.py": b""}))
    other = index.address()["UV_DEFAULT_INDEX"].replace("/simple", "/elsewhere")
    files = {
        "uv.toml": f'index-url = "{other}"\n[[index]]\nurl = "{other}"\ndefault = true\n',
        "pip.conf": f"[global]\nindex-url = {other}\n",
        "pip.ini": f"[global]\nindex-url = {other}\n",
        ".config/uv/uv.toml": f'index-url = "{other}"\n',
        ".config/pip/pip.conf": f"[global]\nindex-url = {other}\n",
        ".netrc": "default login a password b\n",
        ".env": f"UV_INDEX_URL={other}\nUV_DEFAULT_INDEX={other}\nPIP_INDEX_URL={other}\n",
        ".python-version": "2.7\n",
        "setup.py": MARK,
        "setup.cfg": "[options]\nsetup_requires = nosuch-package-of-ours\n",
        "backend/build.py": MARK,
        "pyproject.toml": f"""
[build-system]
requires = ["nosuch-package-of-ours"]
build-backend = "build"
backend-path = ["backend"]
[project]
name = "mine"
version = "1"
dependencies = ["fastapi", "httpx", "greeting"]
[[tool.uv.index]]
name = "elsewhere"
url = "{other}"
default = true
[tool.uv]
index-url = "{other}"
find-links = ["{other}"]
override-dependencies = ["greeting==666"]
constraint-dependencies = ["greeting==666"]
[tool.uv.sources]
greeting = {{ index = "elsewhere" }}
[[tool.poetry.source]]
name = "elsewhere"
url = "{other}"
""",
    }
    outcome = index.attack.honest(LOOK, files={"requirements.txt": OWN, **files}, env=index.address())
    report = outcome.graded(score=100)
    assert outcome.findings() == []
    assert report.submission.dependencies is not None
    assert "greeting==1.0" in report.submission.dependencies.installed
    asked = index.container.logs(stdout=False).decode()
    assert "/simple/greeting/" in asked
    assert "elsewhere" not in asked
    assert "nosuch" not in asked

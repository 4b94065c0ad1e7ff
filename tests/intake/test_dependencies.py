"""Names, extras, versions and markers are taken from whatever declares them; the rest is refused or passed over."""

from pathlib import Path

import pytest

from grader.errors import DependenciesRejected
from grader.intake.dependencies import read_dependencies
from grader.intake.project import read_project
from grader.intake.submission import Dependencies, EntryPoint, Tree


def read(root: Path, files: dict[str, str | bytes], entry: EntryPoint | None = None) -> Dependencies:
    files = {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n", **files}
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    tree = Tree(root, tuple(sorted(files)), "", 0)
    return read_dependencies(tree, entry or EntryPoint("main", "app"), read_project(tree))


LINES = {
    "plain": ("fastapi\nhttpx\n", ["fastapi", "httpx"]),
    "versions": ("fastapi==0.115.0\nhttpx >= 0.27, < 1\n", ["fastapi==0.115.0", "httpx<1,>=0.27"]),
    "extras": ("uvicorn[standard]\n", ["uvicorn[standard]"]),
    "marker": ("tomli; python_version < '3.11'\n", ['tomli; python_version < "3.11"']),
    "parentheses": ("fastapi (>=0.1)\n", ["fastapi>=0.1"]),
    "comments": ("# all\nfastapi # web\n\n  # more\nhttpx\n", ["fastapi", "httpx"]),
    "CRLF": ("fastapi\r\nhttpx\r\n", ["fastapi", "httpx"]),
    "old Mac": ("fastapi\rhttpx\r", ["fastapi", "httpx"]),
    "continued": ("fastapi \\\n  >=0.1\nhttpx\n", ["fastapi>=0.1", "httpx"]),
    "hashes": ("fastapi==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n", ["fastapi==1.0"]),
    "local version": ("torch==2.1.0+cpu\n", ["torch==2.1.0+cpu"]),
    "arbitrary equality": ("x===1.0\n", ["x===1.0"]),
    "duplicates": ("httpx\nhttpx>=0.27\n", ["httpx", "httpx>=0.27"]),
    "no newline at the end": ("fastapi", ["fastapi"]),
    "Latin-1 comment": (b"fastapi # caf\xe9\n", ["fastapi"]),
    "UTF-8 BOM": (b"\xef\xbb\xbffastapi\n", ["fastapi"]),
    "UTF-16 LE BOM": ("\ufefffastapi==0.1\r\nhttpx\r\n".encode("utf-16-le"), ["fastapi==0.1", "httpx"]),
    "UTF-16 BE BOM": ("\ufefffastapi\r\nhttpx\r\n".encode("utf-16-be"), ["fastapi", "httpx"]),
    "UTF-16 LE": ("fastapi\r\nhttpx\r\n".encode("utf-16-le"), ["fastapi", "httpx"]),
    "UTF-16 BE": ("fastapi\r\nhttpx\r\n".encode("utf-16-be"), ["fastapi", "httpx"]),
    "UTF-32": ("fastapi\nhttpx\n".encode("utf-32"), ["fastapi", "httpx"]),
}


@pytest.mark.parametrize(("content", "expected"), LINES.values(), ids=LINES)
def test_requirements_txt_is_read(tmp_path: Path, content: str | bytes, expected: list[str]) -> None:
    """Each way in which people write a requirements file gives the same names and versions."""
    found = read(tmp_path, {"requirements.txt": content})
    assert list(found.requirements) == expected
    assert found.sources == ("requirements.txt",)


REFUSED = {
    "index": "--index-url https://evil.example/simple",
    "short index": "-i https://evil.example/simple",
    "extra index": "--extra-index-url=https://evil.example",
    "find links": "--find-links ./wheels",
    "no binary": "--no-binary :all:",
    "editable": "-e .",
    "editable VCS": "-e git+https://example.com/x.git#egg=x",
    "remote include": "-r https://example.com/requirements.txt",
    "include outside": "-r ../../etc/passwd",
    "include of nothing": "-r missing.txt",
    "include by variable": "-r ${HOME}/x.txt",
    "dot": ".",
    "path": "./wheels/x-1.0-py3-none-any.whl",
    "absolute path": "/srv/x",
    "Windows path": "C:\\wheels\\x.whl",
    "folder": "libs/common",
    "wheel": "x-1.0-py3-none-any.whl",
    "URL": "https://example.com/x.whl",
    "direct URL": "x @ https://example.com/x.whl",
    "direct name": "x @ wheels",
    "direct file": "x @ file:///tmp/x",
    "VCS": "git+https://github.com/x/y",
    "direct VCS": "x @ git+ssh://git@github.com/x/y.git",
    "SSH": "git@github.com:x/y.git",
    "variable": "x==${VERSION}",
    "option on a requirement": "x --config-settings=a=b",
    "no requirement": "hello world",
    "control character": "x\x1b[31m==1",
    "too deep": "x; " + "(" * 200 + "python_version > '3'" + ")" * 200,
    "too long": "x" * 2_000,
    "comparison without an answer": "x ; sys_platform ~= 'linux'",
    "variable of lock files": "x ; 'a' in extras",
    "version that is no version": "x===latest",
    "version beyond what uv counts": "x==18446744073709551615",
}


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED)
def test_more_than_names_and_versions_is_refused(tmp_path: Path, line: str) -> None:
    """The refusal is one line that shows file, number and line, harmlessly, and says what to write instead."""
    with pytest.raises(DependenciesRejected) as caught:
        read(tmp_path, {"requirements.txt": f"fastapi\n{line}\nhttpx\n"})
    message = caught.value.message
    assert message.startswith("requirements.txt:2: ")
    assert line[:20].replace("\x1b", "\\x1b") in message
    assert message.isprintable()
    assert len(message) < 500
    assert caught.value.hint


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """More than a mebibyte is not read."""
    with pytest.raises(DependenciesRejected, match=r"requirements\.txt: .*larger than 1024 KiB"):
        read(tmp_path, {"requirements.txt": "#" * (1024 * 1024 + 1)})


@pytest.mark.parametrize(("count", "fine"), [(500, True), (501, False)], ids=["500", "501"])
def test_requirements_are_capped(tmp_path: Path, count: int, fine: bool) -> None:
    """Five hundred are taken, more are refused."""
    lines = "".join(f"package{number}\n" for number in range(count))
    if fine:
        assert len(read(tmp_path, {"requirements.txt": lines}).requirements) == count
    else:
        with pytest.raises(DependenciesRejected, match="more than 500"):
            read(tmp_path, {"requirements.txt": lines})


def test_files_are_included_once(tmp_path: Path) -> None:
    """`-r` and `-c` are followed inside the submission, in circles too; constraints become pins."""
    found = read(
        tmp_path,
        {
            "requirements.txt": "-r requirements/base.txt\n--constraint=limits.txt\nhttpx\n",
            "requirements/base.txt": "-r ../requirements.txt\n-rweb.txt\nfastapi\n",
            "requirements/web.txt": "uvicorn\n",
            "limits.txt": "pydantic<2\nhttpx==0.27.0\n",
        },
    )
    assert found.requirements == ("uvicorn", "fastapi", "httpx")
    assert found.pins == ("pydantic<2", "httpx==0.27.0")
    assert found.sources == ("requirements.txt", "requirements/base.txt", "requirements/web.txt", "limits.txt")


def test_a_refused_line_of_an_included_file_is_shown_with_that_file(tmp_path: Path) -> None:
    """The place is that of the line, not that of the file that includes it."""
    with pytest.raises(DependenciesRejected, match=r"^base\.txt:3: .*evil"):
        read(tmp_path, {"requirements.txt": "-r base.txt", "base.txt": "a\n\n-i https://evil\n"})


def test_a_chain_of_files_has_an_end(tmp_path: Path) -> None:
    """Includes nested deeper than ten are refused."""
    files: dict[str, str | bytes] = {f"r{number}.txt": f"-r r{number + 1}.txt\n" for number in range(20)}
    with pytest.raises(DependenciesRejected, match="too deeply"):
        read(tmp_path, {**files, "requirements.txt": "-r r0.txt", "r20.txt": ""})


CHOICES = {
    "the plain one": (["requirements.txt", "requirements-dev.txt", "requirements-prod.txt"], "requirements.txt"),
    "base": (["requirements/base.txt", "requirements/dev.txt", "requirements/prod.txt"], "requirements/base.txt"),
    "production": (["requirements-prod.txt", "requirements-dev.txt"], "requirements-prod.txt"),
    "development if there is nothing else": (["requirements-dev.txt"], "requirements-dev.txt"),
    "another name": (["requirements_api.txt", "requirements-test.txt"], "requirements_api.txt"),
    "source of pip-compile": (["requirements.in", "requirements-dev.txt"], "requirements.in"),
    "not of the documentation": (["docs/requirements.txt", "requirements-dev.txt"], "requirements-dev.txt"),
}


@pytest.mark.parametrize(("names", "chosen"), CHOICES.values(), ids=CHOICES)
def test_the_file_for_running_is_chosen(tmp_path: Path, names: list[str], chosen: str) -> None:
    """Of several requirement files the one for running counts."""
    assert read(tmp_path, dict.fromkeys(names, "fastapi\n")).sources == (chosen,)


def test_the_project_folder_comes_first(tmp_path: Path) -> None:
    """Files of the folder that the application starts in go before those of the root, which go before nothing."""
    entry = EntryPoint("app.main", "app", directory="backend", import_paths=("backend", "."))
    files: dict[str, str | bytes] = {"requirements.txt": "root\n", "backend/requirements.txt": "inner\n"}
    assert read(tmp_path, files, entry).requirements == ("inner",)
    (tmp_path / "b").mkdir()
    assert read(tmp_path / "b", {"requirements.txt": "root\n"}, entry).requirements == ("root",)


def test_requirements_inside_the_package_are_found(tmp_path: Path) -> None:
    """app/requirements.txt counts for app.main started at the root."""
    found = read(tmp_path, {"app/requirements.txt": "fastapi\n"}, EntryPoint("app.main", "app"))
    assert found.sources == ("app/requirements.txt",)


DROPPED = {
    "Windows": ("pywin32==306\n", "another operating system"),
    "Windows terminals": ("pywinpty==2.0\n", "another operating system"),
    "macOS": ("pyobjc-core==10\n", "another operating system"),
    "Debian": ("pkg-resources==0.0.0\n", "operating system"),
    "Ubuntu": ("distro-info===1.1build1\n", "operating system"),
    "Ubuntu version": ("something===1.1+ubuntu0.1\n", "operating system"),
}


@pytest.mark.parametrize(("line", "why"), DROPPED.values(), ids=DROPPED)
def test_what_cannot_be_had_on_linux_is_left_out_with_a_warning(tmp_path: Path, line: str, why: str) -> None:
    """`pip freeze` on another system lists what no Linux has; a correct submission does not fail over it."""
    found = read(tmp_path, {"requirements.txt": f"fastapi\n{line}colorama\n"})
    assert found.requirements == ("fastapi", "colorama")
    assert why in found.warnings[0]


def test_a_marker_keeps_what_is_for_windows(tmp_path: Path) -> None:
    """A requirement that says itself when it applies stays."""
    found = read(tmp_path, {"requirements.txt": "pywin32; sys_platform == 'win32'\n"})
    assert found.requirements == ('pywin32; sys_platform == "win32"',)

"""Every place that can be written to is filled. What an application cannot write there is all that it loses."""

import pytest

from grader.sandbox.hardening import SHM_BYTES
from grader.settings import MEBIBYTE, Settings
from tests.attacks.attack import Attack

FILL = """
import itertools, json, os
from pathlib import Path

def bytes_in(folder):
    taken = 0
    with open(f"{folder}/big", "wb", buffering=0) as file:
        try:
            while True:
                taken += file.write(bytes(1024 * 1024))
        except OSError as error:
            return taken, error.strerror

def files_in(folder):
    Path(folder, "many").mkdir()
    for number in itertools.count():
        try:
            Path(folder, "many", str(number)).touch()
        except OSError as error:
            return number, error.strerror

def sparse_in(folder):
    # A file that is a thousand times as large as its disk, of which nothing is there.
    with open(f"{folder}/sparse", "wb") as file:
        file.truncate(2**40)
    return os.stat(f"{folder}/sparse").st_blocks

found = {}
for folder in ("/work", "/tmp", "/dev/shm"):
    found[folder] = [sparse_in(folder), *bytes_in(folder)]
    os.truncate(f"{folder}/big", 0)
    found[folder] += files_in(folder)
places = ["/", "/etc", "/var/tmp", "/home", "/opt/venv", "/dev", "/proc", "/sys", "/run", "/dev/mqueue"]
found["written"] = [place for place in places if os.access(place, os.W_OK)]
print("FOUND", json.dumps(found), flush=True)
"""


def test_bytes_and_names(attack: Attack) -> None:
    """Workspace, `/tmp` and `/dev/shm` end where the limits say, in bytes and in files; nothing else is writable."""
    settings = Settings()
    outcome = attack.honest(FILL)
    outcome.graded(score=100)
    found = outcome.findings()
    full = "No space left on device"
    limits = {"/work": settings.workspace_bytes, "/tmp": settings.tmp_bytes, "/dev/shm": SHM_BYTES}  # noqa: S108
    for folder, limit in limits.items():
        blocks, taken, bytes_end, files, files_end = found[folder]
        assert (files_end, bytes_end) == (full, full)
        assert blocks == 0
        assert settings.inodes - 50 < files < settings.inodes
        assert limit - MEBIBYTE <= taken <= limit
    assert found["written"] in ([], ["/dev/mqueue"])  # message queues are counted by the kernel in another way


@pytest.mark.parametrize("start", ["", "os.chdir('/')\n"], ids=["at-home", "elsewhere"])
def test_without_its_own_files(attack: Attack, start: str) -> None:
    """It deletes all that it consists of, and goes away from its folder: what it has loaded goes on to serve."""
    deed = f"import os, shutil\n{start}shutil.rmtree('/work', ignore_errors=True)\nassert not os.listdir('/work')\n"
    attack.honest(after=deed).graded(score=100)

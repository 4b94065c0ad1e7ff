"""Two runs at once: neither reaches the other's application, harness or upstreams, nor sees its processes or files."""

import pytest

from tests.attacks.attack import HONEST, REQUIREMENTS, Attack

APP = """
import json, os, socket, threading, time
from pathlib import Path

MINE, OTHER = "{mine}", "{other}"
PLACES = ("/tmp", "/dev/shm", "/work")
began, seen = time.time(), set()

def look():
    # A name, a file, a process or a port that only the other one has.
    seen.update(place for place in PLACES if OTHER in os.listdir(place))
    seen.update(pid for pid in os.listdir("/proc") if pid.isdecimal() and int(pid) > 200)
    seen.update(line for line in open("/proc/net/unix") if OTHER in line)
    with socket.socket() as one:
        if one.connect_ex(("127.0.0.1", {others})) == 0:
            seen.add("its port")
    print("FOUND", json.dumps({{"seen": sorted(seen), "from": began, "until": time.time()}}), flush=True)

def go_on():
    while True:
        look()
        time.sleep(0.5)

kept = socket.create_server(("127.0.0.1", {port}))
name = socket.socket(socket.AF_UNIX)
name.bind("\\0" + MINE)
for place in PLACES:
    Path(place, MINE).touch()
threading.Thread(target=go_on, daemon=True).start()
time.sleep(3)
"""


@pytest.mark.slow
def test_neither_sees_the_other(attack: Attack) -> None:
    """Both are correct besides, and earn everything."""
    started = []
    for mine, other, port, others in (("left", "right", 7001, 7002), ("right", "left", 7002, 7001)):
        main = APP.format(mine=mine, other=other, port=port, others=others) + HONEST
        zipped = attack.zipped({"main.py": main, "requirements.txt": REQUIREMENTS}, f"{mine}.zip")
        started.append(attack.start(zipped))
    found = []
    for process in started:
        outcome = attack.finish(process)
        outcome.graded(score=100)
        found.append(outcome.findings())
    assert max(one["from"] for one in found) < min(one["until"] for one in found), "they must have run at once"
    assert [one["seen"] for one in found] == [[], []]

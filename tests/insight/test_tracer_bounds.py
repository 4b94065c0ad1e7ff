"""Whatever an application does to the tracer, it ends in time, and at worst with nothing said."""

from collections.abc import Callable
from typing import Any

import pytest

from grader.insight.tracer.notes import MARKER

START = """
import os, sys, time
from fastapi import FastAPI
app = FastAPI()
"""
BLOCKS = """
@app.get("/")
async def root():
    time.sleep(0)
"""

Trace = Callable[..., Any]


def calls(places: list[dict[str, Any]]) -> list[str]:
    """What was called, in the order in which it is told."""
    return [place["call"] for place in places]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("raise RuntimeError('no database')", id="raises at import"),
        pytest.param("raise SystemExit(3)", id="exits at import"),
        pytest.param("os._exit(0)", id="ends its process at import"),
        pytest.param("del app", id="has no application"),
        pytest.param("app = None", id="is no application"),
        pytest.param("@app.on_event('startup')\nasync def up():\n    raise RuntimeError", id="raises at start-up"),
        pytest.param("@app.get('/')\nasync def root():\n    raise SystemExit", id="exits in a request"),
        pytest.param("@app.get('/')\nasync def root():\n    os._exit(0)", id="ends its process in a request"),
        pytest.param("os.close(1)\n@app.get('/')\nasync def root():\n    return {}", id="closes its output"),
    ],
)
def test_an_application_that_fails_has_nothing_to_tell(trace: Trace, code: str) -> None:
    """No place, and no other noise."""
    traced = trace({"main.py": START + code}, ["/"])
    assert traced.places == []


def test_what_an_application_prints_is_no_answer(trace: Trace) -> None:
    """Neither a flood nor the marker itself, at import or later, on either stream or by a child."""
    forged = f"print('\\n{MARKER}[1]\\n', flush=True)\nos.system('echo \"{MARKER}[2]\"')\n"
    flood = "    for _ in range(2_000):\n        print('x' * 1_000)\n        print('x' * 1_000, file=sys.stderr)\n"
    code = f"{START}{forged}{BLOCKS}    print('{MARKER}[3]')\n{flood}"
    traced = trace({"main.py": code}, ["/"])
    assert calls(traced.places) == ["time.sleep"]
    assert traced.output.count(MARKER.encode()) == 1
    assert len(traced.output) < 10_000


def test_an_application_that_hangs_is_told_so_far(trace: Trace) -> None:
    """At its deadline the tracer says what it has seen, also where the loop stands, and does not wait for threads."""
    hangs = "    while True:  # hangs\n        pass  # hangs\n"
    thread = "import threading\nthreading.Thread(target=time.sleep, args=(3600,)).start()\n"
    traced = trace({"main.py": START + thread + BLOCKS + hangs}, ["/", "/"], seconds=15)
    assert calls(traced.places) == ["time.sleep", "computing"]
    assert traced.of(0)[1]["source"].endswith("# hangs")


def test_a_request_that_is_never_answered_does_not_keep_the_others(trace: Trace) -> None:
    """Each has its time."""
    waits = "@app.get('/waits')\nasync def waits():\n    import asyncio\n    await asyncio.Event().wait()\n"
    traced = trace({"main.py": START + BLOCKS + waits}, ["/waits", "/"])
    assert calls(traced.of(1)) == ["time.sleep"]


def test_logging_that_an_application_silences_is_heard(trace: Trace) -> None:
    """Computing shows by asyncio's own warning, which `disable_existing_loggers` would hide."""
    silence = "import logging.config\nlogging.config.dictConfig({'version': 1})\n"
    silence += "logging.getLogger().setLevel(logging.CRITICAL)\nlogging.disable()\n"
    code = f"{START}{silence}@app.get('/')\nasync def root():\n    return sum(range(30_000_000))\n"
    assert calls(trace({"main.py": code}, ["/"]).places) == ["computing"]


def test_a_factory_is_called(trace: Trace) -> None:
    """As `uvicorn --factory` does; a function that it made is called by its own name."""
    code = "import time\nfrom fastapi import FastAPI\ndef make():\n    app = FastAPI()\n"
    code += BLOCKS.replace("\n", "\n    ") + "\n    return app\n"
    entry = {"target": "main:make", "factory": True, "directory": ".", "paths": ["."]}
    (place,) = trace({"main.py": code}, ["/"], entry=entry).places
    assert place["function"] == "root"


def test_an_application_without_a_lifespan_is_asked_all_the_same(trace: Trace) -> None:
    """A plain ASGI function that knows nothing but HTTP."""
    code = "import time\nasync def app(scope, receive, send):\n    assert scope['type'] == 'http'\n    time.sleep(0)\n"
    assert calls(trace({"main.py": code}, ["/"]).places) == ["time.sleep"]


def test_paths_are_told_from_the_root(trace: Trace) -> None:
    """Where the application lives in a folder of its own, with its working directory there."""
    entry = {"target": "app.main:app", "factory": False, "directory": "backend", "paths": ["backend"]}
    code = START + "assert os.path.basename(os.getcwd()) == 'backend'\n" + BLOCKS
    files = {"backend/app/main.py": code, "types.py": "raise SystemExit", "backend/enum.py": "raise SystemExit"}
    (place,) = trace(files, ["/"], entry=entry).places
    assert place["file"] == "backend/app/main.py"


def test_what_weighs_more_is_told_first(trace: Trace) -> None:
    """Looks at files come after all else, and there are never more than ten places."""
    looks = "".join(f"    os.listdir()  # {number}\n" for number in range(12))
    code = f"{START}@app.get('/')\nasync def root():\n{looks}    time.sleep(0)\n"
    places = trace({"main.py": code}, ["/"]).places
    assert calls(places) == ["time.sleep", *["os.listdir"] * 9]


def test_each_place_names_the_requests_that_led_there(trace: Trace) -> None:
    """A line is told once, however often it was reached."""
    code = f"{START}{BLOCKS}\n@app.get('/other')\nasync def other():\n    await root()\n"
    (place,) = trace({"main.py": code}, ["/", "/none", "/other"]).places
    assert place["requests"] == [0, 2]

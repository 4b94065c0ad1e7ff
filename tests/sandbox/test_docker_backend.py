"""What the engine says of itself, before anything is begun with it."""

from typing import Any

import pytest

from grader.errors import UsageError
from grader.sandbox.docker_backend import limits, missing_limits, require_runtime
from grader.settings import Settings

INFO: dict[str, Any] = {"Runtimes": {"runc": {}, "runsc": {}}, "DefaultRuntime": "runc", "SwapLimit": True}


@pytest.mark.parametrize("name", ["", "runc", "runsc", "io.containerd.runsc.v1"])
def test_a_runtime_that_the_engine_may_have(name: str) -> None:
    # Shims are found by their name, without being listed.
    require_runtime(Settings(runtime=name), INFO)


@pytest.mark.parametrize("info", [INFO, {}])
def test_a_runtime_that_it_has_not(info: dict[str, Any]) -> None:
    # The caller's word is wrong: nothing is begun, and the line says what there is.
    with pytest.raises(UsageError) as caught:
        require_runtime(Settings(runtime="rnsc"), info)
    assert caught.value.message.startswith("the engine has no runtime rnsc; it has ")
    assert ("runc, runsc" in caught.value.message) == bool(info)
    assert "--runtime" in caught.value.hint


def test_the_report_says_which_runtime_it_was() -> None:
    assert limits(Settings(), INFO)["runtime"] == "runc, the engine's default"
    assert limits(Settings(runtime="runsc"), INFO)["runtime"] == "runsc"


def test_a_limit_that_the_kernel_cannot_enforce_is_not_claimed() -> None:
    # Such as swap without its accounting, on an older kernel. What an engine says nothing of is not doubted.
    old = INFO | {"SwapLimit": False, "PidsLimit": False}
    told = limits(Settings(), old)
    assert told["memory"].endswith("not enforced: the engine says that its kernel lacks SwapLimit")
    assert told["processes"].startswith("256; not enforced")
    assert told["cpus"] == "1"
    assert missing_limits(INFO) == {}

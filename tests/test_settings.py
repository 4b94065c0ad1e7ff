"""Settings from the environment: wrong ones are one line that names the variable."""

import pytest

from grader.errors import UsageError
from grader.settings import Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRADER_STARTUP_DEADLINE", "soon"),
        ("GRADER_TOTAL_DEADLINE", "inf"),
        ("GRADER_CHECK_DEADLINE", "0"),
        ("GRADER_ENGINE_DEADLINE", "0"),
        ("GRADER_CPUS", "nan"),
        ("GRADER_CPUS", "-1"),
        ("GRADER_MEMORY_BYTES", "-5"),
        ("GRADER_MEMORY_BYTES", "2G"),
        ("GRADER_OLDER_PYTHONS", "3.11"),
        ("GRADER_PULL_IMAGES", "perhaps"),
    ],
)
def test_a_wrong_one(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    # Wrong usage, exit 2: never a traceback, and never exit 1, which would be a verdict.
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as caught:
        Settings()
    assert caught.value.message.startswith(f"the setting {name} is wrong: ")
    assert "\n" not in caught.value.message


def test_right_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_OLDER_PYTHONS", '["3.11", "3.12"]')
    monkeypatch.setenv("GRADER_CPUS", "0.5")
    settings = Settings(pids=7)
    assert (settings.older_pythons, settings.cpus, settings.pids) == (("3.11", "3.12"), 0.5, 7)

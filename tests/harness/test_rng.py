"""The inputs of a check follow from seed, check and attempt, and from nothing else."""

import pytest

from grader.harness.plugin import rng_of


def drawn(seed: int = 1, check: str = "a.one", attempt: int = 1) -> list[float]:
    """The first numbers."""
    rng = rng_of(seed, check, attempt=attempt)
    return [rng.random() for _ in range(5)]


def test_the_same_seed_draws_the_same() -> None:
    """`--seed` repeats a run, and `--only` a check of it."""
    assert drawn() == drawn()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"seed": 2}, id="another seed"),
        pytest.param({"check": "a.two"}, id="another check"),
        pytest.param({"attempt": 2}, id="a repeated check, whose first data is still there"),
    ],
)
def test_anything_else_draws_other_numbers(other: dict[str, int | str]) -> None:
    """A repeated check must not meet what its first attempt has made."""
    assert drawn(**other) != drawn()  # type: ignore[arg-type]

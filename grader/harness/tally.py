"""Partial credit: a check with many cases earns the share that passed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from grader.harness.mismatch import Mismatch


@dataclass(slots=True)
class Tally:
    """Counts cases. Return it from the check.

    Attributes:
        passed: cases that raised nothing.
        failures: name of the case and what it raised, in order.
    """

    passed: int = 0
    failures: list[tuple[str, Mismatch | AssertionError]] = field(default_factory=list)

    @contextmanager
    def case(self, name: str) -> Iterator[None]:
        """Count one case; a `Mismatch` or a failing `assert` inside is collected, anything else passes through.

        Args:
            name: what sets the case apart, such as "name: null"; people read it in the report.
        """
        try:
            yield
        except (Mismatch, AssertionError) as failure:
            self.failures.append((name, failure))
        else:
            self.passed += 1

    @property
    def total(self) -> int:
        """Cases counted so far."""
        return self.passed + len(self.failures)

    @property
    def credit(self) -> float:
        """Share of the cases that passed, 0 to 1; an empty tally has none."""
        return self.passed / self.total if self.total else 0.0

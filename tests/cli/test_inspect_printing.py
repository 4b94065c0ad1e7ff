"""What `grader inspect` prints of a submission is data: names, routes, entry point, dependencies, warnings, log."""

from pathlib import Path

import pytest

from grader.cli import inspecting
from grader.cli.console import err, out
from grader.inspection import Inspection
from grader.intake.submission import Dependencies, EntryPoint, Submission, Tree
from grader.sandbox.pod import Runtime
from grader.verdicts import Route, Routes
from tests.report.forms import hidden, orders
from tests.report.hostile import EVERY, MARK


@pytest.mark.parametrize("text", EVERY)
def test_text_in_every_place_is_printed_as_text(text: str) -> None:
    """Nothing is read as markup, hides, or is an order to a runner."""
    submission = Submission(
        name=text,
        tree=Tree(Path(), (text,), text, 1),
        entry_point=EntryPoint(text, text, directory=text, import_paths=(text,), source=text),
        dependencies=Dependencies(requirements=(text,), sources=(text,)),
        warnings=(text,),
    )
    runtime = Runtime(python="3.13", packages={}, installed=(text,), warnings=(text,))
    routes = Routes(routes=[Route(method=text, path=text)], problem=text)
    with out.capture() as printed, err.capture() as log:
        inspecting._print(Inspection(submission, None, runtime, 1.0, routes, log=text))
    assert orders(printed.get()) == orders(log.get()) == []
    assert hidden(printed.get() + log.get()) == set()
    squeezed = "".join(printed.get().split())
    assert squeezed.count(MARK) >= 4
    assert "[bold" not in text or "[bold" in squeezed

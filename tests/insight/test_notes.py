"""What is noted, and in which order it is told."""

from grader.insight.tracer.notes import MAX_PLACES, Notes
from grader.insight.tracer.place import Place


def place(line: int, call: str = "time.sleep") -> Place:
    """A line of `main.py`."""
    return Place("main.py", line, "root", True, "", call)


def told(notes: Notes) -> list[tuple[int, str, list[int]]]:
    """Line, call and requests of each place."""
    return [(one["line"], one["call"], one["requests"]) for one in notes.told()]


def test_nothing_counts_before_the_first_request() -> None:
    """What an application does while it starts holds up nobody; and no place is none."""
    notes = Notes()
    notes.add(place(1))
    notes.request = 0
    notes.add(None)
    assert told(notes) == []


def test_a_line_is_told_once_with_its_requests() -> None:
    """However often it was seen."""
    notes = Notes()
    for notes.request in (2, 0, 2):
        notes.add(place(1))
    assert told(notes) == [(1, "time.sleep", [0, 2])]


def test_what_weighs_more_names_the_line() -> None:
    """A look at a file before a call of the network, on the same line; what is seen later weighs no more."""
    notes = Notes()
    notes.request = 0
    notes.add(place(1, "os.stat"), minor=True)
    notes.add(place(1, "requests.get"))
    notes.add(place(1, "os.listdir"), minor=True)
    notes.add(place(1, "computing"))
    assert told(notes) == [(1, "requests.get", [0])]


def test_minor_places_come_last_and_all_are_bounded() -> None:
    """Else as they were seen."""
    notes = Notes()
    notes.request = 0
    for line in range(MAX_PLACES):
        notes.add(place(line, "os.stat"), minor=True)
    notes.add(place(50))
    notes.add(place(40))
    assert [line for line, _, _ in told(notes)] == [50, 40, *range(MAX_PLACES - 2)]

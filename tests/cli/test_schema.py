"""The schema that is committed is the one that reports follow."""

from pathlib import Path

import jsonschema_rs

from grader.cli.schema import schema_text
from grader.report.logbook import Logbook
from grader.request import Request

COMMITTED = Path(__file__).parents[2] / "docs" / "report.schema.json"


def test_the_committed_schema_is_current() -> None:
    """`make schema` writes it anew."""
    assert COMMITTED.read_text(encoding="utf-8") == schema_text()


def test_reports_validate_against_it() -> None:
    """A report as it is written satisfies the published schema."""
    report = Logbook(Request(Path("x.zip"), seed=1)).report()
    validator = jsonschema_rs.validator_for(schema_text())
    assert [str(error) for error in validator.iter_errors(report.model_dump(mode="json"))] == []

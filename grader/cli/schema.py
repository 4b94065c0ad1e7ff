"""`grader schema`."""

import json

import typer

from grader.report.model import Report


def schema() -> None:
    """Print the JSON Schema of report.json.

    Validate a report against it, or generate types from it for whatever reads reports.
    """
    typer.echo(schema_text(), nl=False)


def schema_text() -> str:
    """The schema as it is committed in docs/report.schema.json."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Report.model_json_schema(
        mode="serialization"
    )
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

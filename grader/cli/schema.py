"""`grader schema`."""

import json
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import BaseModel

from grader.report.compare.model import Comparison
from grader.report.model import Report
from grader.similar.model import Similarity


class Document(StrEnum):
    """What is written as JSON."""

    REPORT = "report"
    COMPARISON = "comparison"
    SIMILARITY = "similarity"


_MODELS: dict[Document, type[BaseModel]] = {
    Document.REPORT: Report,
    Document.COMPARISON: Comparison,
    Document.SIMILARITY: Similarity,
}


def schema(
    document: Annotated[
        Document, typer.Argument(help="What `run` writes, or what `compare` and `similar` do with -o FILE.json.")
    ] = (Document.REPORT),
) -> None:
    """Print the JSON Schema of report.json, of a comparison, or of a similarity.

    Validate a report against it, or generate types from it for whatever reads reports.
    """
    typer.echo(schema_text(_MODELS[document]), nl=False)


def schema_text(model: type[BaseModel] = Report) -> str:
    """The schema as it is committed in docs/report.schema.json and its neighbours."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema(
        mode="serialization"
    )
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

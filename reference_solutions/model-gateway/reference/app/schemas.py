"""What goes over the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat


class PredictionRequest(BaseModel):
    user_id: str = Field(min_length=1, max_length=64)
    inputs: list[FiniteFloat] = Field(min_length=1, max_length=64)


class Prediction(BaseModel):
    model: str
    version: str
    output: float
    request_id: str


class Model(BaseModel):
    name: str
    versions: dict[str, int]


class ModelList(BaseModel):
    items: list[Model]


class Routing(BaseModel):
    weights: dict[str, Annotated[int, Field(ge=0, le=100)]]


class FingerprintRequest(BaseModel):
    text: str = Field(min_length=1, max_length=10_000)
    rounds: int = Field(ge=1, le=2_000_000)


class Fingerprint(BaseModel):
    digest: str


class Inferred(BaseModel):
    """The runtime's answer."""

    model_config = ConfigDict(strict=True)  # "1.5" is no number

    outputs: list[FiniteFloat]

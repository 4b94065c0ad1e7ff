"""The operations."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.fingerprints import Fingerprints
from app.gateway import Gateway
from app.schemas import Fingerprint, FingerprintRequest, Model, ModelList, Prediction, PredictionRequest, Routing
from app.security import Key, require_admin, require_key

router = APIRouter()


async def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


async def _fingerprints(request: Request) -> Fingerprints:
    fingerprints: Fingerprints = request.app.state.fingerprints
    return fingerprints


async def _known_model(name: str, gateway: Annotated[Gateway, Depends(_gateway)]) -> str:
    gateway.routing.require(name)
    return name


TheGateway = Annotated[Gateway, Depends(_gateway)]
KnownModel = Annotated[str, Depends(_known_model)]


@router.post("/models/{name}/predict")
async def predict(
    key: Key, name: KnownModel, asked: PredictionRequest, gateway: TheGateway, request: Request
) -> Prediction:
    version = gateway.routing.version_of(name, asked.user_id)
    request.state.labels.model, request.state.labels.version = name, version
    output = await gateway.predict(key, name, version, asked.inputs)
    return Prediction(model=name, version=version, output=output, request_id=uuid4().hex)


@router.get("/models", dependencies=[Depends(require_key)])
async def list_models(gateway: TheGateway) -> ModelList:
    weights = gateway.routing.weights()
    return ModelList(items=[Model(name=name, versions=versions) for name, versions in weights.items()])


@router.put("/admin/models/{name}/routing", dependencies=[Depends(require_admin)])
async def change_routing(name: KnownModel, routing: Routing, gateway: TheGateway) -> Model:
    gateway.routing.change(name, routing.weights)
    return Model(name=name, versions=gateway.routing.weights()[name])


@router.post("/models/{name}/fingerprint", dependencies=[Depends(require_key)])
async def make_fingerprint(
    name: KnownModel, asked: FingerprintRequest, fingerprints: Annotated[Fingerprints, Depends(_fingerprints)]
) -> Fingerprint:
    return Fingerprint(digest=await fingerprints.of(asked.text, name, asked.rounds))


@router.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/ready")
async def ready(request: Request, response: Response) -> dict[str, bool]:
    is_ready: bool = request.app.state.readiness.ready
    response.status_code = 200 if is_ready else 503
    return {"ready": is_ready}


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)

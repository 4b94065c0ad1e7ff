"""The application: `uvicorn app.main:app`."""

from fastapi import FastAPI

from app import errors, routes
from app.store import ReceiptStore


def create_app() -> FastAPI:
    app = FastAPI(title="Receipt points", version="1.0.0")
    app.state.store = ReceiptStore()
    app.include_router(routes.router)
    errors.install(app)

    @app.get("/health", tags=["service"])
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


app = create_app()

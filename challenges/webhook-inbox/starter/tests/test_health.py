from fastapi.testclient import TestClient
from main import app


def test_health_answers() -> None:
    with TestClient(app) as client:
        assert client.get("/health").status_code == 200

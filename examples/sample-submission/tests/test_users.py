import os

os.environ["DATABASE_URL"] = "sqlite+aiosqlite:///./test.db"

import uuid

import pytest
from fastapi.testclient import TestClient

from app.main import app


@pytest.fixture
def client():
    with TestClient(app) as c:
        yield c


def new_user(client):
    email = f"{uuid.uuid4().hex}@example.com"
    return client.post("/users", json={"email": email, "name": "Ada", "password": "correct horse"})


def test_create_user(client):
    response = new_user(client)
    assert response.status_code == 201
    assert "password" not in response.json()


def test_duplicate_email(client):
    email = new_user(client).json()["email"]
    response = client.post("/users", json={"email": email, "name": "Bob", "password": "correct horse"})
    assert response.status_code == 409


def test_update_name(client):
    user = new_user(client).json()
    response = client.patch(f"/users/{user['id']}", json={"name": "Countess"})
    assert response.status_code == 200
    assert response.json()["name"] == "Countess"


def test_delete_user(client):
    user = new_user(client).json()
    assert client.delete(f"/users/{user['id']}").status_code == 204
    assert client.get(f"/users/{user['id']}").status_code == 404

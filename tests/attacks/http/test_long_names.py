"""Ids of tens of thousands of characters: checks that make other ids of them end in time, and with a verdict."""

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import Attack
from tests.attacks.operations import result

RECEIPTS = """
from fastapi import FastAPI, HTTPException, Response
app = FastAPI()
earned = {}

@app.post("/receipts/process", status_code=201)
async def process(receipt: dict) -> dict[str, str]:
    made = f"{len(earned):a>60000}a"
    earned[made] = sum(map(str.isalnum, receipt["retailer"])) + 5 * (len(receipt["items"]) // 2)
    return {"id": made}

@app.get("/receipts/{number}/points")
async def points(number: str) -> dict[str, int]:
    return {"points": earned.get(number, 7)}
"""
USERS = """
from fastapi import FastAPI, HTTPException
app = FastAPI()
users = {}

@app.post("/users", status_code=201)
async def register(user: dict) -> dict:
    made = {"id": f"{len(users):9>5000}", "email": user["email"], "name": user["name"]}
    users[made["id"]] = made
    return made

@app.get("/users/{number}")
async def read(number: str) -> dict:
    if number not in users:
        raise HTTPException(404, "no such user")
    return users[number]

@app.delete("/users/{number}", status_code=204)
async def delete(number: str) -> None:
    users.pop(number, None)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pack", "main", "check"),
    [
        pytest.param("receipt-points", RECEIPTS, "receipts.points.unknown", id="60000-hexadecimal-digits"),
        pytest.param("user-directory", USERS, "users.delete.unknown", id="5000-decimal-digits"),
    ],
)
def test_an_id_without_measure(pack: str, main: str, check: str, attack: Attack) -> None:
    """The check runs, and finds that what nobody has is not refused."""
    archive = attack.zipped({"main.py": main, "requirements.txt": "fastapi\n"})
    outcome = attack.archive(archive, "--only", check, pack=pack)
    one = result(outcome, check)
    assert one.verdict is Verdict.FAILED
    assert one.evidence.findings[0].expected == "status 404"

"""The run's own PostgreSQL, filled, and made to complain without end: the application's doing, and nobody else's."""

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import REQUIREMENTS, Attack, Outcome

APP = """
import asyncio, json, os
import asyncpg
from fastapi import FastAPI

app = FastAPI()

async def deed(database):
    {deed}

async def main():
    url = os.environ["DATABASE_URL"].replace("+asyncpg", "")
    database = await asyncpg.connect(url)
    try:
        found = await deed(database)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        found = type(error).__name__
    print("FOUND", json.dumps(found), flush=True)

@app.on_event("startup")
async def fill():
    await main()
"""
FILL = """
    await database.execute("CREATE TABLE big (x text); ALTER TABLE big ALTER x SET STORAGE EXTERNAL")
    while True:
        await database.execute("INSERT INTO big SELECT repeat('x', 1000000) FROM generate_series(1, 20)")
"""
COMPLAIN = """
    for number in range(400):
        try:
            await database.execute(f"SELECT no_such_column -- {'x' * 20_000}")
        except asyncpg.PostgresError:
            pass
    return await database.fetchval("SELECT 42")
"""


def handed_in(attack: Attack, deed: str) -> Outcome:
    """One check of a challenge on PostgreSQL, and what it needs."""
    files = {"main.py": APP.format(deed=deed.strip()), "requirements.txt": f"{REQUIREMENTS}asyncpg\n"}
    words = ("--set", "database=postgres", "--only", "deliver.missing")
    return attack.archive(attack.zipped(files), *words, pack="webhook-inbox", env={"GRADER_STARTUP_DEADLINE": "120"})


@pytest.mark.slow
def test_it_is_filled(attack: Attack) -> None:
    """A server without room ends, or refuses to store: what needs it fails, and the run is graded."""
    outcome = handed_in(attack, FILL)
    outcome.graded(score=0)
    assert outcome.findings() != 42
    assert set(outcome.verdicts().values()) <= {Verdict.FAILED, Verdict.BLOCKED}


@pytest.mark.slow
def test_it_complains_without_end(attack: Attack) -> None:
    """Eight megabytes of failed statements in its log: it goes on to answer."""
    outcome = handed_in(attack, COMPLAIN)
    outcome.graded(score=0)
    assert outcome.findings() == 42

"""Notes outlive a kill, and the harness sees the database where there is one."""

from collections.abc import Mapping

from grader.harness import Api, Database, Lifecycle, Mismatch, check


@check("stored.survives", category="durability", level="mid")
async def survives(api: Api, lifecycle: Lifecycle) -> None:
    """A note is there after a SIGKILL.

    It was acknowledged.
    """
    (await api.post("/notes", json="one")).expect(200)
    await lifecycle.kill()
    await lifecycle.start()
    (await api.get("/notes")).expect(200).json().equals(["one"])


@check("stored.seen", category="durability", level="mid", requires=("stored.survives",))
async def seen(api: Api, database: Database | None, environment: Mapping[str, str]) -> None:
    """The harness looks into the database.

    Only where there is one; its passwords are not the application's.
    """
    if database is None:
        if "sqlite" not in environment["DATABASE_URL"]:
            raise Mismatch("a database to look into", "none")
        return
    (await api.post("/held", json=None)).expect(200)
    states = sorted({session.state for session in await database.sessions()})
    columns = [(column.name, column.type, column.nullable) for column in (await database.schema())["notes"]]
    found = [states, columns, await database.rows("notes")]
    expected = [
        ["idle in transaction"],
        [("id", "integer", False), ("text", "text", True)],
        [{"id": 1, "text": "one"}],
    ]
    if found != expected:
        raise Mismatch(str(expected), str(found))


@check("stored.alone", category="durability", level="mid", requires=("stored.survives",))
async def alone(api: Api, database: Database | None) -> None:
    """The application's role may not look at files or run programs of the server.

    It has its own database and nothing else.
    """
    if database is not None:
        refused = "InsufficientPrivilege"
        (await api.post("/mischief", json=None)).expect(200).json().equals([refused, refused])

import random
from dataclasses import dataclass

import pytest

from grader.harness import Api, Reply, Upstreams
from grader.harness.upstream.script import answer


@dataclass
class Shop:
    """Pages that both upstreams know."""

    api: Api
    upstreams: Upstreams
    rng: random.Random

    async def page(self) -> str:
        """A new page; its id."""
        name = f"p{self.rng.randrange(10**9)}"
        await self.upstreams["catalog"].on("GET", f"/items/{name}", answer({"title": f"Title of {name}"}))
        await self.upstreams["pricing"].on("GET", f"/prices/{name}", answer({"amount": "12.50"}))
        return name

    async def pages(self, count: int) -> list[str]:
        """So many new pages."""
        return [await self.page() for _ in range(count)]

    def calls_for(self, name: str) -> list[tuple[str, str]]:
        """What is called for a page."""
        return [self.upstreams["catalog"].at(f"/items/{name}"), self.upstreams["pricing"].at(f"/prices/{name}")]

    async def read(self, name: str) -> Reply:
        """Read a page, which must be right."""
        reply = (await self.api.get(f"/pages/{name}")).expect(200)
        reply.json()["title"].equals(f"Title of {name}")
        reply.json()["amount"].equals("12.50")
        return reply


@pytest.fixture
def shop(api: Api, upstreams: Upstreams, rng: random.Random) -> Shop:
    upstreams.patience = 20.0  # as the brief says
    return Shop(api, upstreams, rng)

"""Calls to upstreams that are made for the sake of being seen, in real challenges."""

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import Attack
from tests.attacks.tampering.apps import decided
from tests.attacks.tampering.solutions import Edits, cheat

JOIN = """        catalog = begin(self._item(path, slots))
        pricing = begin(self._price(path, slots))
        reviews = begin(self._rated(path, slots))
        # The catalog is awaited first: its 404 counts, whatever pricing has done meanwhile.
        item = await catalog
        price = await pricing
        rated = await reviews
"""
ONE_AFTER_ANOTHER = """        item = await self._item(path, slots)
        price = await self._price(path, slots)
        rated = await self._rated(path, slots)
"""
GET = "return await self._client.get(path, headers=headers)"
HEDGED = """first = asyncio.ensure_future(self._client.get(path, headers=headers))
                done, _ = await asyncio.wait([first], timeout=0.1)
                extra = [] if done else [self._client.get(f"{path}?{n}", headers=headers) for n in range(3)]
                return (await asyncio.gather(first, *extra))[0]"""
GIVEN_UP = """while True:
                    try:
                        async with asyncio.timeout(0.15):
                            return await self._client.get(path, headers=headers)
                    except TimeoutError:
                        continue"""
GUESSES = """for guess in range(30):
                    with anyio.move_on_after(0.02):
                        await self._client.get(f"{path[:-4]}{guess:04}", headers=headers)
                return await self._client.get(path, headers=headers)"""
FIRST_OF_ALL = """if self not in _known:
                    _known[self] = await self._client.get(path, headers=headers)
                return _known[self]"""

SEQUENTIAL: Edits = {"app/products.py": [(JOIN, ONE_AFTER_ANOTHER)]}


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(HEDGED, id="what is held is called three times more"),
        pytest.param(GIVEN_UP, id="what is held is given up and called again", marks=pytest.mark.slow),
        pytest.param(GUESSES, id="what nobody has is called for", marks=pytest.mark.slow),
    ],
)
def test_three_calls_that_are_one(attack: Attack, call: str) -> None:
    """Catalog, pricing and reviews are asked one after another, and that is what the verdict says."""
    edits = {**SEQUENTIAL, "app/upstream.py": [(GET, call)]}
    outcome = decided(attack, lambda: cheat(attack, "product-bff", edits, "async.fan-out"))
    assert outcome.verdicts()["async.fan-out"] is Verdict.FAILED
    assert outcome.verdicts()["products.read.ok"] is Verdict.PASSED
    [check] = [check for check in outcome.told().checks if check.id == "async.fan-out"]
    # The first was not answered before the verdict was clear; what follows came when the gate was opened.
    assert check.evidence.calls[0].upstream == "catalog"


@pytest.mark.slow
def test_one_answer_for_another(attack: Attack) -> None:
    """What an upstream has said of one product is no answer for the next one."""
    known = ("class Slots:", "_known: dict[object, httpx.Response] = {}\n\n\nclass Slots:")
    edits: Edits = {"app/upstream.py": [(GET, FIRST_OF_ALL), known]}
    outcome = cheat(attack, "product-bff", edits, "products.read.members", "list.order", "async.fan-out")
    verdicts = outcome.verdicts()
    assert verdicts["products.read.ok"] is Verdict.PASSED
    assert Verdict.PASSED not in {verdicts[name] for name in ("products.read.members", "list.order", "async.fan-out")}

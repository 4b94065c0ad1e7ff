"""Connections to upstreams. It runs before all that makes an application give up calls.

httpx loses connections when calls are cancelled (https://github.com/encode/httpcore/issues/1093), and keeps fewer alive
after that: a correct application that has met time limits before would lose a point to its client's defect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Upstreams, check
from grader.harness.probes.calling import pools

if TYPE_CHECKING:
    from conftest import Shop


@check("async.pool", category="async", level="mid", weight=2, requires=("products.read.ok",))
async def connections_are_pooled(api: Api, shop: Shop, upstreams: Upstreams) -> None:
    """Fifty products, read one after another, open at most ten connections to any upstream.

    A connection for each call costs a round trip before the first byte, and leaves ports behind that are in use for a
    minute.
    """
    products = await shop.stocked(50)
    headers = shop.bearer()
    await pools(upstreams, [lambda path=each.path: api.get(path, headers=headers) for each in products], 10)

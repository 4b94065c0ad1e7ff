from grader.harness import Api, Upstreams, check
from grader.harness.probes.calling import pools
from grader.harness.probes.rendezvous import fans_out, stays_free


@check("page.concurrent", category="async", level="mid")
async def calls_are_concurrent(upstreams: Upstreams, shop) -> None:
    """The two calls for a page are made concurrently.

    One after the other, a page takes the sum of both times; together, the longer one.
    """
    await fans_out(upstreams, shop.read(await shop.page()), 2)


@check("page.loop-free", category="async", level="mid")
async def health_while_one_waits(api: Api, upstreams: Upstreams, shop) -> None:
    """While one request waits for an upstream, `GET /health` is answered.

    A blocking call in an `async def` stops everything that the process does.
    """
    await stays_free(upstreams, [shop.read(await shop.page())], [("GET /health", api.get("/health"))])


@check("page.twenty-held", category="async", level="mid")
async def health_while_twenty_wait(api: Api, upstreams: Upstreams, shop) -> None:
    """While twenty requests wait for upstreams, `GET /health` is answered.

    A pool of threads has an end; where it lies decides what a slow upstream does to the rest.
    """
    held = [shop.read(name) for name in await shop.pages(20)]
    await stays_free(upstreams, held, [("GET /health", api.get("/health"))])


@check("page.forty-one-held", category="async", level="senior")
async def page_while_forty_one_wait(upstreams: Upstreams, shop) -> None:
    """While forty-one requests wait for upstreams, another page is answered.

    `def` endpoints share forty threads: the forty-first request that waits takes the whole service with it.
    """
    names = await shop.pages(41)
    what = [place for name in names for place in shop.calls_for(name)]
    await stays_free(upstreams, [shop.read(name) for name in names], [("another page", shop.read(await shop.page()))], *what)


@check("page.pooled", category="async", level="mid")
async def connections_are_pooled(upstreams: Upstreams, shop) -> None:
    """Thirty pages, read one after another, open not more than five connections to an upstream.

    A client for each request pays for a connection each time, with TLS for several round trips, and runs out of ports.
    """
    names = await shop.pages(30)
    await pools(upstreams, [lambda name=name: shop.read(name) for name in names], 5)

"""Credentials: who may read products, and what becomes of a token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grader.harness import Api, Tally, Upstreams, check
from grader.harness.probes.faults import good, status

if TYPE_CHECKING:
    from conftest import Shop

    from grader.harness.probes.tokens import Tokens

BEARER = re.compile(r"(^|,)\s*bearer(\s|,|$)", re.IGNORECASE)
"""A challenge of the scheme Bearer, perhaps among others (RFC 9110, section 11.6.1)."""
REFUSALS = (401, 403)
SCOPELESS = "without the scope"


def _bad(tokens: Tokens) -> dict[str, str]:
    """One token of each kind that does not hold."""
    return {
        "wrongly signed": tokens.foreign(),
        "unsigned": tokens.unsigned("none"),
        "expired": tokens.expired(3600),
        "without exp": tokens.endless(),
        SCOPELESS: tokens.good("orders:read"),
    }


async def _all_refused(shop: Shop, tokens: dict[str, str]) -> Tally:
    """A case for each token: a product is not shown to whoever has it, but 401."""
    product = await shop.stock()
    tally = Tally()
    for name, token in tokens.items():
        with tally.case(name):
            (await shop.read(product, token=token)).expect(401)
    return tally


@check("auth.missing", category="status_codes", level="junior", weight=2, requires=("products.read.ok",))
async def credential_is_needed(api: Api, shop: Shop) -> Tally:
    """No credential, one of another scheme, and one that is no JWT are answered with 401.

    401 says "tell me who you are"; 403 would say that the answer is no, whoever it is.
    """
    product, token = await shop.stock(), shop.tokens.good()
    headers: dict[str, str | None] = {
        "no credential": None,
        "another scheme": "Basic dXNlcjpwYXNzd29yZA==",
        "a good token under another scheme": f"Token {token}",
        "a good token without a scheme": token,
        "a scheme without a token": "Bearer",
        "a word": f"Bearer {shop.text(20)}",
        "three words": f"Bearer {shop.text(20)}.{shop.text(30)}.{shop.text(43)}",
        "two parts of a good token": f"Bearer {token.rpartition('.')[0]}",
        "signed, but not an object": f"Bearer {shop.tokens.of(['products:read'])}",
    }
    tally = Tally()
    for name, value in headers.items():
        with tally.case(name):
            sent = {} if value is None else {"Authorization": value}
            (await api.get(product.path, headers=sent)).expect(401)
    return tally


@check("auth.signature", category="status_codes", level="junior", weight=2, requires=("products.read.ok",))
async def signature_is_verified(shop: Shop) -> Tally:
    """A token with a wrong signature is answered with 401.

    Anybody can write claims; the signature alone says that somebody who may has written these.
    """
    tokens = shop.tokens
    bad = {"signed with another key": tokens.foreign(), "changed after signing": tokens.tampered()}
    return await _all_refused(shop, bad | {"without a signature": tokens.unsigned()})


@check("auth.algorithm", category="status_codes", level="mid", weight=2, requires=("products.read.ok",))
async def algorithm_is_not_the_tokens_choice(shop: Shop) -> Tally:
    """A token that names any algorithm but HS256 is answered with 401, `none` above all.

    A verifier that does what the token's header says lets the attacker choose how to be verified (RFC 8725, 3.1).
    """
    tokens = shop.tokens
    bad = {f"alg: {alg}": tokens.of(tokens.claims(), alg=alg) for alg in ("none", "None", "HS384", "HS512")}
    return await _all_refused(shop, bad)


@check("auth.expired", category="status_codes", level="junior", weight=2, requires=("products.read.ok",))
async def expired_tokens_are_refused(shop: Shop) -> Tally:
    """A token that has expired is answered with 401.

    A token cannot be taken back; that it ends is all the protection there is once it was stolen.
    """
    ages = {"two and a half minutes": 150, "an hour": 3600, "a year": 365 * 24 * 3600}
    return await _all_refused(
        shop, {f"expired {age} ago": shop.tokens.expired(seconds) for age, seconds in ages.items()}
    )


@check("auth.endless", category="status_codes", level="mid", requires=("products.read.ok",))
async def endless_tokens_are_refused(shop: Shop) -> None:
    """A token without `exp` is answered with 401.

    Libraries check an expiry that is there and say nothing of one that is not: such a token is good for ever.
    """
    product = await shop.stock()
    (await shop.read(product, token=shop.tokens.endless())).expect(401)


@check("auth.challenge", category="status_codes", level="mid", requires=("products.read.ok",))
async def refusals_say_how_to_authenticate(api: Api, shop: Shop) -> Tally:
    """A 401 has a header `WWW-Authenticate` with the scheme Bearer.

    RFC 9110 wants it with every 401: it tells a client by which scheme it may come back.
    """
    product = await shop.stock()
    replies = {"no credential": await api.get(product.path)}
    for name, token in _bad(shop.tokens).items():
        if name != SCOPELESS:
            replies[name] = await shop.read(product, token=token)
    tally = Tally()
    for name, reply in replies.items():
        if reply.status == 401:
            with tally.case(name):
                challenges = reply.headers.get_list("www-authenticate")
                if not any(BEARER.search(challenge) for challenge in challenges):
                    raise reply.mismatch("a header WWW-Authenticate: Bearer", ", ".join(challenges) or "none")
    if not tally.total:
        raise replies["no credential"].mismatch("401 without a credential", "no bad credential is answered with it")
    return tally


@check("auth.scope", category="status_codes", level="junior", weight=2, requires=("products.read.ok",))
async def scope_is_needed(shop: Shop) -> Tally:
    """A good token without the word `products:read` in its `scope` is answered with 403; with others beside it, 200.

    The caller is known and still may not. A scope is a list of words: looked for as a part of the text, it is found in
    others.
    """
    product = await shop.stock()
    scopes: dict[int, tuple[str | None, ...]] = {
        403: (None, "orders:read", "products:readonly", "myproducts:read orders:write", "products read"),
        200: ("products:read orders:write", "orders:write products:read", "orders:write products:read users:read"),
    }
    tally = Tally()
    for code, words in scopes.items():
        for scope in words:
            with tally.case("no scope" if scope is None else f"scope {scope!r}"):
                (await shop.read(product, token=shop.tokens.good(scope))).expect(code)
    return tally


@check("auth.list", category="status_codes", level="junior", requires=("list.ok",))
async def list_needs_a_credential(api: Api, shop: Shop) -> Tally:
    """A list is refused to callers without a good token, as a single product is.

    A second way to the same data needs the same lock.
    """
    products = await shop.stocked(2)
    tally = Tally()
    with tally.case("no credential"):
        (await api.get(shop.list_path(products))).expect(*REFUSALS)
    for name, token in {"a word": shop.text(20), "without the scope": shop.tokens.good("orders:read")}.items():
        with tally.case(name):
            (await shop.list(products, token=token)).expect(*REFUSALS)
    return tally


@check("auth.first", category="behaviour", level="mid", requires=("products.read.ok",))
async def credentials_come_first(api: Api, shop: Shop) -> Tally:
    """Credentials are checked before any upstream is called.

    Work that is done for strangers is theirs to waste: three internal calls for each of their requests.
    """
    tally = Tally()
    for name, token in {"no credential": "", **_bad(shop.tokens)}.items():
        product = await shop.stock()
        reply = await (shop.read(product, token=token) if token else api.get(product.path))
        # What is let in is another check's matter.
        if reply.status in REFUSALS:
            with tally.case(name):
                await shop.linger()
                if calls := await shop.called(product):
                    raise reply.mismatch("no call to an upstream", ", ".join(map(str, calls)))
    if not tally.total:
        raise reply.mismatch("bad credentials to be refused", f"none of them is, and this is answered {reply.status}")
    return tally


@check("auth.forwarded", category="behaviour", level="mid", weight=2, requires=("products.read.ok",))
async def token_is_not_passed_on(shop: Shop, upstreams: Upstreams) -> None:
    """The caller's token is never sent to an upstream, in no header and no other way.

    It was given to this service. A service that gets it as well can act as the user, and so can its logs.
    """
    products = [await shop.stock(), await shop.stock(catalog=(status(503), good), reviews=(status(503), good))]
    token = shop.tokens.good()
    signature = token.rpartition(".")[2]
    replies = [await shop.read(product, token=token) for product in products]
    replies.append(await shop.list(products, token=token))
    for call in await upstreams.settled():
        said = [call.target, call.body.decode("latin-1"), *(f"{name}: {value}" for name, value in call.headers)]
        for text in said:
            if signature in text:
                raise replies[0].mismatch("no call that holds the caller's token", f"{call}: {text}")

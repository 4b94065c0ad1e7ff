"""What goes on while predictions wait for the runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check, sending

if TYPE_CHECKING:
    from conftest import Gateway

WAITING = 20


@check("free.health", category="async", level="mid", weight=3, requires=("predict.ok",))
async def health_is_answered_meanwhile(gateway: Gateway) -> None:
    """While a prediction waits for the runtime, `GET /health` is answered.

    A blocking call in `async def` stops everybody: the service looks dead to whoever asks, and is restarted.
    """
    await gateway.serve()
    async with await gateway.held() as gate, sending(gateway.predict(gateway.sole)) as [request]:
        await gate.arrived(1, of=request, expected="the runtime is called")
        # With whatever status: that it is 200 is a check of its own.
        await gate.meanwhile(gateway.health(), "GET /health is answered while the runtime is waited for")
        await gate.release()
        await gateway.finish([request])


@check(
    "free.others", category="async", level="mid", weight=2, requires=("free.health", "models.list", "fingerprint.ok")
)
async def others_are_answered_meanwhile(api: Api, gateway: Gateway) -> Tally:
    """While twenty predictions wait, models are listed, fingerprints made and another model's predictions sent.

    What waits must not hold what others need: no thread, no lock, no place.
    """
    await gateway.serve()
    key = {"X-API-Key": gateway.key()}
    tally = Tally()
    async with await gateway.held() as gate, sending(gateway.predict(gateway.sole)) as [first]:
        await gate.arrived(1, of=first, expected="the runtime is called")
        requests = (gateway.predict(gateway.sole) for _ in range(WAITING - 1))
        async with gateway.gathering(gate, requests, 2) as waiting:
            others = {
                "GET /models": lambda: api.get("/models", headers=key),
                "fingerprint": lambda: gateway.fingerprint(gateway.sole, {"text": gateway.text(9), "rounds": 9}),
                "GET /metrics": lambda: api.get("/metrics"),
            }
            for name, other in others.items():
                with tally.case(name):
                    await gate.meanwhile(other(), f"{name} is answered while {WAITING} predictions wait")
            with tally.case("another model"):
                async with sending(gateway.predict(gateway.other)) as [another]:
                    await gate.arrived(2, of=another, expected="another model's call is sent while others wait")
                    await gate.release()
                    await gateway.finish([another])
            await gate.release()
            await gateway.finish([first, *waiting])
    return tally

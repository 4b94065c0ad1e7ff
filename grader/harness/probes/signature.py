"""Signed webhooks, good ones and bad ones: `X-Signature: t=<unix seconds>,v1=<hex>`, an HMAC-SHA256 over `<t>.<body>`.

The scheme is Stripe's: https://docs.stripe.com/webhooks#verify-manually. The signature is over the bytes that are sent,
so whoever parses a body and writes it anew before verifying has other bytes; `renderings` shows that.
"""

import hashlib
import hmac
import json
import random
import string
import time
from collections.abc import Callable
from typing import Any, Final

HEADER: Final = "X-Signature"

_LETTERS: Final = string.ascii_letters + string.digits


class Signer:
    """Signs bodies, soundly or not.

    Args:
        secret: what the application verifies them with.
        rng: draws what is wrong with a bad signature.
        clock: Unix seconds.
    """

    def __init__(self, secret: str, rng: random.Random, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._rng = rng
        self._clock = clock

    def header(self, body: bytes, *, skew: int = 0, secret: str = "") -> str:
        """A header that signs these bytes.

        Args:
            body: as it is sent.
            skew: seconds by which `t` is after now; negative for before.
            secret: signs it; the right one by default.
        """
        moment = str(self.now() + skew)
        return f"t={moment},v1={self.digest(moment, body, secret)}"

    def headers(self, body: bytes) -> dict[str, str]:
        """The same with its name, as `try_bodies` takes it."""
        return {HEADER: self.header(body)}

    def now(self) -> int:
        """The time that a signature says which is made now."""
        return int(self._clock())

    def digest(self, moment: str, body: bytes, secret: str = "") -> str:
        """The hexadecimal digits over a text for `t` and a body; `secret` as for `header`."""
        return hmac.digest((secret or self._secret).encode(), moment.encode() + b"." + body, hashlib.sha256).hex()

    def malformed(self, body: bytes) -> dict[str, str]:
        """What is wrong → a header that has no sound form. Where it has digits, they are right for what it says."""
        moment = str(self.now())
        digits = self.digest(moment, body)
        return {
            "empty": "",
            "a word": "unsigned",
            "the digits alone": digits,
            "no `t`": f"v1={digits}",
            "no `v1`": f"t={moment}",
            "an empty `v1`": f"t={moment},v1=",
            "half of the digits": f"t={moment},v1={digits[: len(digits) // 2]}",
            "`v1` is no hexadecimal": f"t={moment},v1={'z' * len(digits)}",
            "an empty `t`": f"t=,v1={self.digest('', body)}",
            "`t` is a word": f"t=now,v1={self.digest('now', body)}",
        }

    def forged(self, body: bytes) -> dict[str, str]:
        """What is wrong → a header of sound form and time, made by somebody who does not know how, or what, to sign."""
        moment = str(self.now())
        digits = self.digest(moment, body)
        flipped = f"{digits[:-1]}{'0' if digits[-1] != '0' else '1'}"
        foreign = "".join(self._rng.choices(_LETTERS, k=len(self._secret)))
        return {
            "another secret": self.header(body, secret=foreign),
            "drawn digits": f"t={moment},v1={self._rng.randbytes(len(digits) // 2).hex()}",
            "the last digit is another": f"t={moment},v1={flipped}",
            "nothing but noughts": f"t={moment},v1={'0' * len(digits)}",
            "over the body without `t`": f"t={moment},v1={self._alone(body)}",
            "over `t` without the body": f"t={moment},v1={self.digest(moment, b'')}",
            "a hash without a secret": f"t={moment},v1={hashlib.sha256(moment.encode() + b'.' + body).hexdigest()}",
        }

    def moved(self, body: bytes, seconds: int) -> str:
        """A header whose `t` was changed after it was signed, by so many seconds.

        A recorded webhook would be good for ever if `t` were not signed.
        """
        moment = self.now()
        return f"t={moment + seconds},v1={self.digest(str(moment), body)}"

    def _alone(self, body: bytes) -> str:
        return hmac.digest(self._secret.encode(), body, hashlib.sha256).hex()


def altered(body: bytes) -> bytes:
    """The body with one byte changed: its last digit is another one, so it is as valid as it was.

    Raises:
        ValueError: it has no digit.
    """
    place = max(map(body.rfind, (str(digit).encode() for digit in range(10))))
    if place < 0:
        raise ValueError("a body without any digit cannot be altered")
    # Never to 0: a number must not begin with it, nor become it.
    return body[:place] + str(int(body[place : place + 1]) % 9 + 1).encode() + body[place + 1 :]


def renderings(value: dict[str, Any]) -> dict[str, bytes]:
    """How it is written → the same JSON object in bytes that no library writes by default.

    Args:
        value: may hold text outside ASCII; then it is written as UTF-8, and escaped.
    """
    backwards = _backwards(value)
    return {
        "indented": json.dumps(value, indent=3).encode(),
        "without white space": json.dumps(value, separators=(",", ":")).encode(),
        "members in reverse order": json.dumps(backwards).encode(),
        "UTF-8": json.dumps(value, ensure_ascii=False).encode(),
        "white space around": f"\n  {json.dumps(value)}\t\r\n".encode(),
        "all of it": json.dumps(backwards, indent="\t", separators=(" ,", " :\n"), ensure_ascii=False).encode(),
    }


def _backwards(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _backwards(value[name]) for name in reversed(value)}

"""JSON Web Tokens, good ones and bad ones (RFC 7519, signed as of RFC 7515).

Made by hand and not by a library: a library refuses to make what a candidate must refuse to take.
"""

import base64
import hashlib
import hmac
import json
import random
import string
import time
from typing import Any, Final

HOUR: Final = 3600

_DIGESTS: Final = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
_LETTERS: Final = string.ascii_letters + string.digits


class Tokens:
    """Makes tokens with `exp` and `scope` (RFC 8693, section 4.2).

    Args:
        secret: what the application verifies them with.
        rng: draws what is wrong with a bad one.
        scope: of a token that is not asked for another one.
    """

    def __init__(self, secret: str, rng: random.Random, scope: str) -> None:
        self._secret = secret
        self._rng = rng
        self._scope = scope

    def of(self, claims: Any, *, secret: str = "", alg: str = "HS256") -> str:
        """A token with these claims.

        Args:
            claims: any JSON value.
            secret: signs it; the right one by default.
            alg: what the header says. The signature is made so; for one that is no HMAC, such as "none", it is empty.
        """
        text = f"{_encoded({'alg': alg, 'typ': 'JWT'})}.{_encoded(claims)}"
        if alg not in _DIGESTS:
            return f"{text}."
        return f"{text}.{_base64(hmac.digest((secret or self._secret).encode(), text.encode(), _DIGESTS[alg]))}"

    def claims(self, scope: str | None = "", *, seconds: float = HOUR) -> dict[str, Any]:
        """Claims that hold for so many seconds more.

        Args:
            scope: the usual one if it is empty; none at all if it is None.
            seconds: negative for a token that has expired.
        """
        claims: dict[str, Any] = {"exp": int(time.time() + seconds)}
        return claims if scope is None else {**claims, "scope": scope or self._scope}

    def good(self, scope: str | None = "") -> str:
        """A token that holds; `scope` as for `claims`."""
        return self.of(self.claims(scope))

    def expired(self, seconds: float) -> str:
        """One that expired so many seconds ago."""
        return self.of(self.claims(seconds=-seconds))

    def endless(self) -> str:
        """One without `exp`."""
        return self.of({"scope": self._scope})

    def foreign(self) -> str:
        """One that is signed with another secret."""
        return self.of(self.claims(), secret="".join(self._rng.choices(_LETTERS, k=len(self._secret))))

    def tampered(self) -> str:
        """One whose claims were changed after it was signed."""
        head, _, signature = self.of(self.claims("nothing:read")).split(".")
        return f"{head}.{_encoded(self.claims())}.{signature}"

    def unsigned(self, alg: str = "HS256") -> str:
        """One with an empty signature, whatever the header says."""
        return self.of(self.claims(), alg=alg).rpartition(".")[0] + "."


def _encoded(value: Any) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

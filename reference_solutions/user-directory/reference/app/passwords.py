"""Password hashes: salted scrypt, computed in a thread so that the event loop stays free."""

import asyncio
import hashlib
import secrets

_BLOCK_SIZE = 8
_PARALLELISM = 1


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    # OpenSSL refuses more than 32 MiB unless told how much is meant: 128 * n * r bytes, and a little room.
    room = 128 * cost * _BLOCK_SIZE + 2**20
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=_BLOCK_SIZE, p=_PARALLELISM, maxmem=room)


async def hash_password(password: str, cost: int) -> str:
    """Return `scrypt$cost$salt$digest`, salt and digest in hexadecimal."""
    salt = secrets.token_bytes(16)
    digest = await asyncio.to_thread(_scrypt, password, salt, cost)
    return f"scrypt${cost}${salt.hex()}${digest.hex()}"

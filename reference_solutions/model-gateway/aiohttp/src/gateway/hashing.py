"""Loaded by the process that makes fingerprints; it imports nothing of the service."""

from hashlib import pbkdf2_hmac


def digest(text: str, model: str, rounds: int) -> str:
    return pbkdf2_hmac("sha256", text.encode(), model.encode(), rounds, dklen=32).hex().upper()

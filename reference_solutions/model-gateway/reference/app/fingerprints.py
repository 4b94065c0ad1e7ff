"""Fingerprints cost seconds of CPU time, so they are made in threads of their own.

`pbkdf2_hmac` lets the interpreter's lock go while it works, so threads do: the event loop goes on beside it.
"""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Self

BYTES = 32


def fingerprint(text: str, model: str, rounds: int) -> str:
    return hashlib.pbkdf2_hmac("sha256", text.encode(), model.encode(), rounds, BYTES).hex()


class Fingerprints:
    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        # No more at once than there are cores: the rest waits, rather than making all of them slow.
        threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="fingerprint")
        try:
            yield cls(threads)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    async def of(self, text: str, model: str, rounds: int) -> str:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, fingerprint, text, model, rounds)

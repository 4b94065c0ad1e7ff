"""Winnowing: of all runs of k symbols a few are kept, so that equal passages keep equal ones wherever they stand.

Schleimer, Wilkerson, Aiken: "Winnowing: Local Algorithms for Document Fingerprinting", SIGMOD 2003,
https://theory.stanford.edu/~aiken/publications/papers/sigmod03.pdf
"""

from collections.abc import Iterator, Sequence
from typing import Final
from zlib import crc32

RUN: Final = 16
"""k, the noise threshold: no shorter passage is ever a match. With all names alike, shorter ones are everybody's."""
WINDOW: Final = 10
"""w: of so many neighbouring runs at least one is kept, so a passage of w + k - 1 symbols is never missed."""


def run_hashes(symbols: bytes) -> list[int]:
    """A number for each run of `RUN` symbols: the same on every machine, unlike `hash`."""
    return [crc32(symbols[at : at + RUN]) for at in range(len(symbols) - RUN + 1)]


def winnow(hashes: Sequence[int], window: int = WINDOW) -> Iterator[int]:
    """The places of the fingerprints: in each window the smallest, the last of several equal ones.

    Robust winnowing (section 5.2 of the paper): as long as the one that was chosen is in the window, an equal one does
    not take its place, so that monotonous text does not keep everything.

    Args:
        hashes: of all runs, in their order; fewer than `window` are one window.
        window: how many make one.
    """
    size = min(window, len(hashes))
    chosen = -1
    for start in range(len(hashes) - size + 1 if size else 0):
        last = start + size - 1
        if chosen < start:
            chosen = min(range(last, start - 1, -1), key=hashes.__getitem__)
        elif hashes[last] < hashes[chosen]:
            chosen = last
        else:
            continue
        yield chosen

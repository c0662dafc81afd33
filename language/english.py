"""English words: which letters make a word, for deciding what a hyphen at a line end was.

`english_words.txt.gz` lists 32 thousand words, one per line: those that occur at least 12 times, mostly not as names,
in the English books of the public domain and the Python Enhancement Proposals of the training text, counted by us.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib.resources import files

_SUFFIXES = (
    *("s", "es", "ed", "d", "ing", "al", "ally", "ly", "er", "ers", "r", "rs", "ity", "ness", "able", "ation"),
    *("ations", "ized", "ization", "ic", "ical", "ive", "less", "ful", "like", "wise"),
)


@lru_cache(maxsize=1)
def words() -> frozenset[str]:
    """All listed words, lower case; read at the first use."""
    packed = files("language").joinpath("english_words.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split("\n"))


@lru_cache(maxsize=4096)
def is_word(word: str) -> bool:
    """Whether a lower-case word is listed, or is a listed word of four letters or more with a usual ending."""
    if word in words():
        return True
    stems = (word.removesuffix(s) for s in _SUFFIXES if word.endswith(s))
    return any(len(stem) >= 4 and (stem in words() or f"{stem}e" in words()) for stem in stems)

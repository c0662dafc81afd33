"""Real paragraphs, headings and tables from the packed assets, English or of another language."""

from __future__ import annotations

import json
import lzma
import zlib
from html import unescape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train_nano.fonts import Split

CHUNK = 32  # lines that go to one split together, so that neighbours do not stand on both sides
SHARE, SHARE_OF_LANGUAGES = 50, 12  # one chunk in so many is held out; there is less text of other languages
SOURCES = {"books": 0.34, "wikipedia": 0.36, "peps": 0.12, "d2l": 0.06, "maths": 0.12}
LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "pl", "cs")
MARKED = {
    "de": "äöüßÄÖÜ", "fr": "àâçéèêëîïôœùûÀÉÈÊ", "es": "áéíñóúü¿¡ÁÉÓÚ", "it": "àèéìòùÀÈ", "pt": "áâãàçéêíóôõúÁÉÓ",
    "nl": "ëïéèóöü", "pl": "ąćęłńóśźżĆŁŚŻŹ", "cs": "áčďéěíňóřšťúůýžČŘŠŽÚÁ",
}  # fmt: skip
"""The letters of each language that English lacks."""

DISORDER = {"": 0.72, "shuffled": 0.18, "mutated": 0.1}
MUTATED = 0.15  # share of letters


class Lines:
    """The lines of one file of a split, held as bytes with offsets; consecutive lines come from one document."""

    def __init__(self, path: Path, split: Split, share: int = SHARE) -> None:
        self._bytes = lzma.decompress(path.read_bytes())
        ends = np.flatnonzero(np.frombuffer(self._bytes, np.uint8) == ord("\n"))
        starts = np.concatenate([[0], ends[:-1] + 1])
        chunks = -(-len(ends) // CHUNK)
        shift = zlib.crc32(path.name.encode())
        wanted = ((np.arange(chunks) + shift) % share == 0) == (split == "heldout")
        keep = np.repeat(wanted, CHUNK)[: len(ends)]
        self._spans: NDArray[np.int64] = np.stack([starts[keep], ends[keep]], 1)

    def __len__(self) -> int:
        return len(self._spans)

    def __getitem__(self, i: int) -> str:
        start, end = self._spans[i % len(self._spans)]
        return unescape(self._bytes[start:end].decode())  # some sources still hold entities


class Texts:
    """Random access to the texts of a split."""

    def __init__(self, folder: Path, split: Split, language: str = "en") -> None:
        self._split = split
        self.letters = MARKED.get(language, "")
        self._shares = SOURCES if language == "en" else {language: 1.0}
        share, prefix = (SHARE, "") if language == "en" else (SHARE_OF_LANGUAGES, f"{language}-")
        self.sources = {name: Lines(folder / f"{name}.txt.xz", split, share) for name in self._shares}
        self.headings = Lines(folder / f"{prefix}headings.txt.xz", split, share)
        self._tables = Lines(folder / "tables.jsonl.xz", split)

    def run(self, rng: np.random.Generator, disordered: bool = True) -> Run:
        """A place in a random document, from which paragraphs follow. In training some are out of order, see `Run`,
        unless none may be `disordered`."""
        name = str(rng.choice(list(self._shares), p=list(self._shares.values())))
        lines = self.sources[name]
        disorder = (
            str(rng.choice(list(DISORDER), p=list(DISORDER.values()))) if disordered and self._split == "train" else ""
        )
        return Run(lines, int(rng.integers(len(lines))), disorder, rng, self.letters)

    def heading(self, rng: np.random.Generator) -> str:
        return self.headings[int(rng.integers(len(self.headings)))]

    def words(self, rng: np.random.Generator, least: int, most: int) -> str:
        """A few consecutive words of a random paragraph."""
        words = self.run(rng).paragraph().split()
        count = min(int(rng.integers(least, most + 1)), len(words))
        start = int(rng.integers(len(words) - count + 1))
        return " ".join(words[start : start + count])

    def table(self, rng: np.random.Generator) -> list[list[tuple[str, int, int]]]:
        """A real table: rows of (text, rowspan, colspan)."""
        rows: list[list[tuple[str, int, int]]] = json.loads(self._tables[int(rng.integers(len(self._tables)))])
        return rows


class Run:
    """Paragraphs that follow one another in a document.

    "shuffled" words and "mutated" letters cannot be guessed: a decoder that goes on in words of its own, instead of
    reading, is wrong there.
    """

    def __init__(self, lines: Lines, at: int, disorder: str, rng: np.random.Generator, marked: str = "") -> None:
        self._lines, self._at, self._disorder, self._rng, self._marked = lines, at, disorder, rng, marked

    def paragraph(self) -> str:
        self._at += 1
        text = self._lines[self._at - 1]
        if self._disorder == "shuffled":
            words = text.split()
            return " ".join(words[i] for i in self._rng.permutation(len(words)))
        return mutate(text, self._rng, self._marked) if self._disorder == "mutated" else text

    def sentence(self) -> str:
        """The first sentence or so of the next paragraph."""
        text = self.paragraph()
        end = text.find(". ", 30)
        return text if end < 0 else text[: end + 1]


def mutate(text: str, rng: np.random.Generator, marked: str = "") -> str:
    """`text` with some letters replaced by others of their case, every third of them by one with a mark."""
    letters = list(text)
    for i in np.flatnonzero(rng.random(len(letters)) < MUTATED):
        if marked and rng.random() < 1 / 3:
            letters[i] = marked[int(rng.integers(len(marked)))] if letters[i].isalpha() else letters[i]
        elif letters[i].isascii() and letters[i].isalpha():
            letters[i] = chr((ord("a") if letters[i].islower() else ord("A")) + int(rng.integers(26)))
    return "".join(letters)

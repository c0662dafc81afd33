"""More pieces for a tokenizer that a network knows already, from running text of other languages.

    python -m train_nano.pieces --assets .train/assets --more 3072 .train/assets/tokenizer.json

All that the tokenizer had keeps its number and its way to be put together; new pieces come behind. `state.restore` then
gives each new piece the mean of what it was written with before.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from itertools import pairwise
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from train_nano.texts import LANGUAGES, Texts

Pair = tuple[str, str]
LONGEST = 8  # bytes of a piece, as in `tokens.build`


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the new tokenizer.json; may be the old one's place")
    parser.add_argument("--assets", type=Path, required=True, help="folder with the texts and the old tokenizer.json")
    parser.add_argument("--more", type=int, default=3072, help="pieces to be added")
    options = parser.parse_args()
    spec = json.loads((options.assets / "tokenizer.json").read_text(encoding="utf-8"))
    texts = (line for language in LANGUAGES for line in lines(options.assets, language, "train"))
    grown = extend(spec, texts, options.more)
    for language in ("en", *LANGUAGES):
        held_out = list(lines(options.assets, language, "heldout"))
        rates = (f"{per_character(each, held_out):.3f}" for each in (spec, grown))
        print(language, "tokens a character before and after:", *rates)
    options.out.write_text(json.dumps(grown), encoding="utf-8")


def lines(assets: Path, language: str, split: str) -> Iterator[str]:
    """All lines of a split of a language."""
    for source in Texts(assets, "train" if split == "train" else "heldout", language).sources.values():
        yield from (source[number] for number in range(len(source)))


def per_character(spec: dict[str, Any], texts: list[str]) -> float:
    """Tokens of a tokenizer for each character of `texts`."""
    tokenizer = Tokenizer.from_str(json.dumps(spec))
    return sum(len(each.ids) for each in tokenizer.encode_batch(texts)) / sum(map(len, texts))


def extend(spec: dict[str, Any], texts: Iterable[str], more: int) -> dict[str, Any]:
    """A tokenizer.json with so many more pieces: what stands side by side most often in `texts` becomes one, again and
    again (Sennrich et al., arXiv 1508.07909), from where the old merges end."""
    vocabulary: dict[str, int] = dict(spec["model"]["vocab"])
    merges = [_pair(merge) for merge in spec["model"]["merges"]]
    words = Words(_counted(Tokenizer.from_str(json.dumps(spec)), texts))
    wanted = len(vocabulary) + more
    while len(vocabulary) < wanted and (pair := words.commonest()) is not None:
        words.merge(pair)
        merges.append(pair)
        vocabulary.setdefault("".join(pair), len(vocabulary))
    return spec | {"model": spec["model"] | {"vocab": vocabulary, "merges": [list(pair) for pair in merges]}}


def _pair(merge: str | list[str]) -> Pair:
    first, second = merge.split(" ") if isinstance(merge, str) else merge
    return first, second


def _counted(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[tuple[str, ...]]:
    """Words as pieces, and how often each comes."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text))
    pieces = ((tokenizer.model.tokenize(word), count) for word, count in counts.items())
    return Counter({tuple(token.value for token in tokens): count for tokens, count in pieces if len(tokens) > 1})


class Words:
    """Words of pieces with their counts; which pair of neighbours is the commonest is kept up to date."""

    def __init__(self, counted: Counter[tuple[str, ...]]) -> None:
        self._words = [list(word) for word in counted]
        self._counts = list(counted.values())
        self._pairs: Counter[Pair] = Counter()
        self._where: dict[Pair, set[int]] = defaultdict(set)
        for number in range(len(self._words)):
            self._count(number, 1)
        self._queue = [(-count, pair) for pair, count in self._pairs.items()]
        heapify(self._queue)

    def commonest(self) -> Pair | None:
        """Of those that are short enough; None where no two pieces are left side by side."""
        while self._queue:
            stated, pair = heappop(self._queue)
            count = self._pairs.get(pair, 0)
            if count == -stated:
                return pair
            if count:  # it was commoner once
                heappush(self._queue, (-count, pair))
        return None

    def merge(self, pair: Pair) -> None:
        """Make one piece of it wherever it stands."""
        for number in list(self._where[pair]):
            self._count(number, -1)
            self._words[number] = merged(self._words[number], pair)
            self._count(number, 1)
            for new in set(neighbours(self._words[number])):
                heappush(self._queue, (-self._pairs[new], new))

    def _count(self, number: int, sign: int) -> None:
        word, count = self._words[number], self._counts[number]
        for pair in neighbours(word):
            self._pairs[pair] += sign * count
            if sign > 0:
                self._where[pair].add(number)
            else:
                self._where[pair].discard(number)
            if not self._pairs[pair]:
                del self._pairs[pair]


def neighbours(word: list[str]) -> list[Pair]:
    """Pairs of pieces that are short enough to become one."""
    return [pair for pair in pairwise(word) if len(pair[0]) + len(pair[1]) <= LONGEST]


def merged(word: list[str], pair: Pair) -> list[str]:
    """Its pieces from left to right, each such pair made one."""
    out: list[str] = []
    for piece in word:
        if out and (out[-1], piece) == pair:
            out[-1] += piece
        else:
            out.append(piece)
    return out


def old_pieces(spec: dict[str, Any], known: int) -> dict[int, list[int]]:
    """For each token from number `known` on, the tokens below it that it is put together from, in order."""
    vocabulary: dict[str, int] = spec["model"]["vocab"]
    found: dict[int, list[int]] = {}
    for merge in spec["model"]["merges"]:
        first, second = _pair(merge)
        new, parts = vocabulary[first + second], (vocabulary[first], vocabulary[second])
        if new >= known and new not in found:
            found[new] = [piece for part in parts for piece in found.get(part, [part])]
    return found


if __name__ == "__main__":
    main()

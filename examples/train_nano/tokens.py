"""The nano tokenizer: short byte-level pieces, one token per block head, run of table tags, and coordinate."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence
from tokenizers.trainers import BpeTrainer

BOS, EOS, PAD, IMAGE = "<|begin|>", "<|end|>", "<|pad|>", "<image>"
LABELS = (
    "text", "title", "sub_title", "list", "table", "table_caption", "image", "image_caption", "equation",
    "header", "footer", "page_number", "footnote", "code",
)  # fmt: skip
HEAD = "<|ref|>{}<|/ref|><|det|>[["
TAIL, TAIL_LINE = "]]<|/det|>", "]]<|/det|>\n"
PIECES = ("<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>", TAIL, TAIL_LINE, "\n\n")
TABLE_PIECES = (
    "<table><tr><td>", "</td><td>", "</td></tr><tr><td>", "</td></tr></table>", "<table>", "</table>", "<tr>", "</tr>",
    "<td>", "</td>", "</td><td></td><td>", "<table><tr><td ", "</td><td ", "</td></tr><tr><td ",
    'colspan="', 'rowspan="', '">',
)  # fmt: skip
MARKUP = (*(HEAD.format(label) for label in LABELS), *PIECES, *TABLE_PIECES)
BLOCK_HEAD = re.compile(
    r"(<\|ref\|>\w+<\|/ref\|><\|det\|>\[\[)(\d{1,3}), (\d{1,3}), (\d{1,3}), (\d{1,3})(\]\]<\|/det\|>(?:\n(?!\n))?)"
)


def build(texts: Iterable[str], size: int, path: Path) -> None:
    """Train the BPE on `texts` and write a tokenizer.json with `size` tokens.

    Text digits are always single tokens, so that numbers are read digit by digit; the tokens "10" to "999" and ", "
    exist beside them for coordinates only, which `encode` places directly.
    """
    coordinates = [*(str(n) for n in range(10, 1000)), ",Ġ"]  # "Ġ" is a space in byte-level spelling
    special = [BOS, EOS, PAD, IMAGE]
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = ByteLevelDecoder()
    merges = size - len(coordinates) - len(special) - len(MARKUP)
    trainer = BpeTrainer(
        vocab_size=merges, max_token_length=8, initial_alphabet=ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    path.write_text(json.dumps(_with_reserved(json.loads(tokenizer.to_str()), special, coordinates)), encoding="utf-8")


def _with_reserved(spec: dict, special: list[str], coordinates: list[str]) -> dict:  # type: ignore[type-arg]
    """Shift the trained vocabulary behind the reserved tokens, whose ids then never move."""
    reserved = [*special, *MARKUP]
    first = len(reserved)
    trained = sorted(spec["model"]["vocab"], key=spec["model"]["vocab"].__getitem__)
    names = [*reserved, *trained, *coordinates]
    spec["model"]["vocab"] = {name: i for i, name in enumerate(names)}
    spec["added_tokens"] = [
        {
            "id": i, "content": name, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": name in special,
        }
        for i, name in enumerate(names[:first])
    ]  # fmt: skip
    return spec


class NanoTokenizer:
    """Encodes grounded transcripts for training, with the character span of each token."""

    def __init__(self, path: Path) -> None:
        self.inner: Tokenizer = Tokenizer.from_file(str(path))
        self.size = self.inner.get_vocab_size()
        self.bos, self.eos, self.pad, self.image = (self.inner.token_to_id(t) for t in (BOS, EOS, PAD, IMAGE))
        self._number = [self.inner.token_to_id(str(n)) for n in range(1000)]
        self._comma = self.inner.token_to_id(",Ġ")

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Token ids of a transcript (no BOS or EOS) and, for each, its [start, end) characters in `text`."""
        ids: list[int] = []
        spans: list[tuple[int, int]] = []
        at = 0
        for head in BLOCK_HEAD.finditer(text):
            self._append(text[at : head.start()], at, ids, spans)
            for group in range(1, 7):
                start, end = head.span(group)
                coordinate = 2 <= group <= 5
                piece = self._number[int(head[group])] if coordinate else self.inner.token_to_id(head[group])
                assert piece is not None, head[group]
                ids.append(piece)
                spans.append((start, end))
                if 2 <= group <= 4:
                    ids.append(self._comma)
                    spans.append((end, end + len(", ")))
            at = head.end()
        self._append(text[at:], at, ids, spans)
        return ids, spans

    def _append(self, text: str, offset: int, ids: list[int], spans: list[tuple[int, int]]) -> None:
        encoding = self.inner.encode(text, add_special_tokens=False)
        ids.extend(encoding.ids)
        spans.extend((a + offset, b + offset) for a, b in encoding.offsets)

    def decode(self, ids: list[int]) -> str:
        """The transcript of generated ids, markup kept, BOS, EOS and padding dropped."""
        text: str = self.inner.decode(ids, skip_special_tokens=True)
        return text

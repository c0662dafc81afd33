"""Text ↔ token ids, by the checkpoint's own tokenizer.json; no code of the checkpoint runs."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from pathlib import Path

import tokenizers

from pipeline.errors import ModelError
from pipeline.model.config import IMAGE, NetworkConfig
from pipeline.small_files import text_of, unreadable

_BOX = re.compile(r"(?<=<\|det\|>\[\[)\d{1,3}(?:, \d{1,3}){3}(?=\]\])")
_COMMA = ",Ġ"
"""A comma and a space, in the spelling of tokenizers that work on bytes."""


class Tokenizer:
    """Adds nothing to what it encodes, and keeps the grounding marks (`<|ref|>` …) in what it decodes."""

    def __init__(self, inner: tokenizers.Tokenizer, silent: Collection[int]) -> None:
        self._inner = inner
        self._silent = frozenset(silent)  # ids that never stand for text
        # nano writes each number of a box as one token, and digits everywhere else, so its file's own rules, which
        # part all digits, do not give what it writes.
        self._comma = inner.token_to_id(_COMMA) if len(self._plain("999")) > 1 and self._number("999") else None

    @classmethod
    def load(cls, folder: Path, config: NetworkConfig) -> Tokenizer:
        """The tokenizer in a checkpoint's folder. Raises ModelError where it is missing or broken."""
        path = folder / "tokenizer.json"
        try:
            inner = _parsed(text_of(path))
        except OSError as error:
            raise unreadable(path, error) from error
        except UnicodeDecodeError:
            inner = None
        if inner is None:
            raise ModelError(f"{path} is no whole tokenizer; download the checkpoint again")
        if max(inner.get_vocab().values(), default=0) >= config.decoder.vocab_size:
            raise ModelError(
                f"{path} has more tokens than the network ({config.decoder.vocab_size}); they do not belong together: "
                "download the checkpoint again"
            )
        if (image := inner.token_to_id(IMAGE)) != config.image_token_id:
            raise ModelError(
                f"{path} has {IMAGE} as token {image}, the network as {config.image_token_id}; they do not belong "
                "together: download the checkpoint again"
            )
        # By both spellings that the family's tokenizers have; one that is missing is no error.
        padding = [token for text in ("<｜▁pad▁｜>", "<|pad|>") if (token := inner.token_to_id(text)) is not None]
        return cls(inner, {config.bos_token_id, config.eos_token_id, config.image_token_id, *padding})

    def encode(self, text: str) -> list[int]:
        """Ids of a text in which special tokens are recognised, as a model writes it."""
        if self._comma is None:
            return self._plain(text)
        ids: list[int] = []
        at = 0
        for box in _BOX.finditer(text):
            ids += self._plain(text[at : box.start()])
            for number in box[0].split(", "):
                one = self._number(number)
                ids += (self._plain(number) if one is None else [one]) + [self._comma]
            ids.pop()  # none stands behind the last one
            at = box.end()
        return ids + self._plain(text[at:])

    def _plain(self, text: str) -> list[int]:
        ids: list[int] = self._inner.encode(text, add_special_tokens=False).ids
        return ids

    def _number(self, number: str) -> int | None:
        token: int | None = self._inner.token_to_id(number)
        return token

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, less begin, end, padding and image placeholders; bytes that are no UTF-8 become U+FFFD."""
        text: str = self._inner.decode([token for token in ids if token not in self._silent], skip_special_tokens=False)
        return text

    def made_of(self, parts: Collection[str]) -> tuple[int, ...]:
        """Ids of the tokens that are nothing but one or more of these texts, so `</td>` finds `</td><td>` too."""
        if not parts:
            return ()
        whole = re.compile("(?:" + "|".join(map(re.escape, parts)) + ")+")
        return tuple(sorted(token for text, token in self._inner.get_vocab().items() if whole.fullmatch(text)))

    def holding(self, part: str) -> tuple[int, ...]:
        """Ids of the tokens that have this text in them, which is of signs of ASCII but no space."""
        return tuple(sorted(token for text, token in self._inner.get_vocab().items() if part in text))


def _parsed(text: str) -> tokenizers.Tokenizer | None:
    """None for a file that is not whole, or has patterns that are none."""
    try:
        content = json.loads(text)
        if not (isinstance(content, dict) and isinstance(content.get("model"), dict) and "vocab" in content["model"]):
            return None
        return tokenizers.Tokenizer.from_str(text)
    except Exception:  # the library raises nothing more special about a tokenizer that it cannot build
        return None

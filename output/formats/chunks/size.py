"""How many tokens a text has, about: without a tokenizer, since each model that reads chunks has its own."""

from __future__ import annotations

import re

# The usual rule for English is four characters a token; by words that is one for most of them, two for the long. Signs,
# letters of other scripts and those of East Asia count one each, which is rather too many than too few. Chosen.
_PARTS = re.compile(
    r"(?P<latin>[A-Za-z]+)|(?P<digits>\d+)"
    r"|(?P<wide>[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])|(?P<letters>[^\W\d_])|(?P<sign>[^\s])"
)
# Most English words are one token, and those of seven letters and more are often two. Smaller estimates more tokens, so
# that chunks are smaller than asked for; larger, and chunks may not fit the model that reads them.
_LETTERS_PER_TOKEN = 6
# Tokenizers of the last years cut numbers into groups of up to three digits.
_DIGITS_PER_TOKEN = 3


def estimate(text: str) -> int:
    """The number of tokens, rounded up for each word: what is true of two texts is true of them with a space between.

    So the estimate of a whole is the sum of those of its words.
    """
    tokens = 0
    for part in _PARTS.finditer(text):
        if part.lastgroup == "latin":
            tokens += -(-len(part[0]) // _LETTERS_PER_TOKEN)
        elif part.lastgroup == "digits":
            tokens += -(-len(part[0]) // _DIGITS_PER_TOKEN)
        else:
            tokens += 1
    return tokens

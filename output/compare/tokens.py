"""Text → the words that are counted when two texts are compared, so that markup, case and line ends do not matter."""

from __future__ import annotations

import html
import re
import unicodedata

# Only what HTML knows: an address in angle brackets is text.
_NAMES = (
    "a|abbr|b|big|blockquote|br|caption|center|cite|code|col|colgroup|dd|del|details|div|dl|dt|em|figcaption|figure|font|"
    "h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|s|section|small|span|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|"
    "tr|u|ul"
)
_TAG = re.compile(rf"</?(?:{_NAMES})(?:[\s/][^<>]{{0,300}})?>", re.IGNORECASE)
_CELL = re.compile(r"<t[dh]\b", re.IGNORECASE)
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[a-z*]+\}(?:\{[lcr| ]*\})?")
_LINE_END = re.compile(r"(?<=[^\W\d_])[-\u2010]\s*\n\s*|\u00ad\s*")
# Scripts without spaces: each character is a word.
_ALONE = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_ALONE}]|[^\\W_{_ALONE}]+")
_TOKEN = re.compile(f"\\d+(?:[.,'’]\\d+)*|[{_ALONE}]|[^\\W\\d_{_ALONE}]+")
# Raised digits, fractions and digits in circles would become one number with the digits beside them.
_OTHER_DIGITS = re.compile("[²³¹¼-¾⁰-⁹₀-₉⅐-⅞①-⓿❶-➓]+")
_ACCENTS = {
    "`": "\u0300", "´": "\u0301", "¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "¸": "\u0327", "¯": "\u0304",
    "˘": "\u0306", "˙": "\u0307", "˚": "\u030a", "˝": "\u030b", "˛": "\u0328", "ˇ": "\u030c",
}  # fmt: skip
# Before a letter only, or between two; a quotation mark opens a word, so that those need a letter before them, too. An
# acute that opens a word is one over a vowel: French has many (´etat), and a quotation by acutes is the same on both
# sides of a comparison.
_ACCENT = re.compile(
    f"(?:(?<=[^\\W\\d_])([`´¸])|(´(?=[aeiouyAEIOUY])|[{''.join(set(_ACCENTS) - set('`´¸'))}]))([^\\W\\d_])"
)
_FUNCTIONS = frozenset({
    "arccos", "arcsin", "arctan", "arg", "argmax", "argmin", "cos", "cosh", "cot", "coth", "csc", "deg", "det", "dim",
    "exp", "gcd", "hom", "inf", "ker", "lg", "lim", "liminf", "limsup", "ln", "log", "max", "min", "mod", "Pr", "sec",
    "sin", "sinh", "sup", "tan", "tanh",
})  # fmt: skip
# Letters by names of their own. Unicode spells lambda without its b.
_LETTERS = {"lambda": "λ", "Lambda": "Λ", "ell": "ℓ", "hbar": "ℏ"}


def plain(text: str) -> str:
    """A block's text without tags and TeX commands; Greek letters and functions that TeX has names for stay.

    Entities stand for characters in tables alone: elsewhere a page that says `&#169;` says just that.
    """
    shown = without_markup(text)
    return html.unescape(shown) if _CELL.search(text) else shown


def without_markup(text: str) -> str:
    """Text without tags and TeX commands, its entities as they are."""
    return _COMMAND.sub(_named, _TAG.sub(" ", _ENVIRONMENT.sub(" ", text)))


def words(text: str) -> list[str]:
    """The words of a text without markup, in order, whatever their case; words that a line end broke are whole."""
    return _WORD.findall(unicodedata.normalize("NFKC", _LINE_END.sub("", text)).casefold())


def tokens(text: str) -> list[str]:
    """The same with letters and digits apart, and a number with its separators in one: `10.5 m2` is `10.5`, `m`, `2`.

    Digits that are raised, lowered or in a circle are numbers of their own.
    """
    text = _LINE_END.sub("", text) if "\n" in text or "\u00ad" in text else text
    return _TOKEN.findall(_normal(text).casefold())


def is_number(token: str) -> bool:
    """Whether it is one of the tokens that must be there to the digit."""
    return token[0].isdigit()


def signature(text: str) -> str:
    """A text without markup in which blanks beside punctuation do not matter: where to look for `1,2` in `1, 2`."""
    return re.sub(r"\s*([^\w\s])\s*", r"\1", _normal(text))


def _normal(text: str) -> str:
    if text.isascii():
        return text
    text = _ACCENT.sub(lambda m: m[3] + _ACCENTS[m[1] or m[2]], _OTHER_DIGITS.sub(r" \g<0> ", text))
    return unicodedata.normalize("NFKC", text)


def _named(command: re.Match[str]) -> str:
    if command[1] in _FUNCTIONS:
        return f" {command[1]} "
    if command[1] in _LETTERS:
        return _LETTERS[command[1]]
    name = command[1].removeprefix("var")
    kind = "CAPITAL" if name[:1].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {kind} LETTER {name.upper()}")
    except KeyError:
        return " "

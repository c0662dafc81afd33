"""A formula of one line as TeX, where all of it can be told: its letters, signs, powers and indices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from pipeline.text_layer.lines.lines import Line, Word

# Names by the TeX of every renderer (amsmath, KaTeX, MathJax).
_SIGNS = {
    "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "±": r"\pm", "∓": r"\mp", "×": r"\times", "·": r"\cdot", "⋅": r"\cdot",
    "∗": "*", "−": "-", "∕": "/", "÷": r"\div", "∈": r"\in", "∉": r"\notin", "⊂": r"\subset", "⊆": r"\subseteq",
    "∪": r"\cup", "∩": r"\cap", "∅": r"\emptyset", "∞": r"\infty", "≈": r"\approx", "≡": r"\equiv", "∼": r"\sim",
    "≃": r"\simeq", "∝": r"\propto", "≪": r"\ll", "≫": r"\gg", "→": r"\to", "←": r"\leftarrow", "↦": r"\mapsto",
    "⇒": r"\Rightarrow", "⇔": r"\Leftrightarrow", "↔": r"\leftrightarrow", "∂": r"\partial", "∇": r"\nabla",
    "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∮": r"\oint", "∀": r"\forall", "∃": r"\exists", "¬": r"\neg",
    "∧": r"\wedge", "∨": r"\vee", "⊕": r"\oplus", "⊗": r"\otimes", "∘": r"\circ", "⟨": r"\langle", "⟩": r"\rangle",
    "‖": r"\|", "∥": r"\|", "∣": "|", "′": "'", "…": r"\dots", "⋯": r"\cdots", "ℓ": r"\ell", "ℏ": r"\hbar",
    "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}", "ℚ": r"\mathbb{Q}", "ℂ": r"\mathbb{C}",
    "{": r"\{", "}": r"\}", "%": r"\%", "#": r"\#", "&": r"\&", "$": r"\$", "ϵ": r"\epsilon", "ϕ": r"\phi",
    "φ": r"\varphi", "ε": r"\varepsilon", "ϑ": r"\vartheta", "ϱ": r"\varrho", "ς": r"\varsigma", "ϖ": r"\varpi",
}  # fmt: skip
_SIGNS |= {sign: f"^{{{i}}}" for i, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {
    sign: f"_{{{i}}}" for i, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")
}
_PLAIN = re.compile(r"[A-Za-z0-9+\-=()\[\]|/,.;:!?<>'* ]")
_GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER (\w+)$")
# Capitals that are Latin ones, for which TeX has no name.
_AS_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo", strict=True))
_BOLD = range(0x1D400, 0x1D434)
_FUNCTIONS = re.compile(
    r"(?<![A-Za-z\\])(arc(?:sin|cos|tan)|(?:sin|cos|tan)h?|cot|sec|csc|log|ln|exp|lim|max|min|sup|inf|det|dim|ker|gcd)"
    r"(?![A-Za-z])"
)
_TEXT = re.compile(r"(?<![A-Za-z\\])(for|and|where|otherwise|if)(?![A-Za-z])")
_RELATION = re.compile(r"\s*((?<![<>])=|\\(?:le|ge|ne|approx|equiv|to|in)(?![A-Za-z])|<|>)\s*")
# Of a relation two sides, each with something that can be named: less is a fragment, or no formula.
_TWO_SIDES = re.compile(r"[A-Za-z0-9})\]|'!]\s*(?:[=<>]|\\(?:le|ge|ne|approx|equiv|sim|propto|to|in)(?![A-Za-z]))\s*\S")
_HOST = re.compile(r"[\w)\]}|'′!∑∏∫∮⟩‖]$")  # what a script may stand at
# Em by which what is no script may be off the baseline: rounding. More is the part of a fraction.
_LEVEL = 0.08


def tex_of(line: Line) -> str | None:
    """The line as TeX, with `^{}` and `_{}`; None where it has a sign or a place that cannot be told.

    Only what has a relation with two sides is a formula as a whole.
    """
    if line.mono or not all(word.drawn for word in line.words):
        return None
    scripts = list(line.scripts())
    bases = [word for script, word in scripts if not script]
    if not bases or not _are_level(bases, line.size) or _has_stacks(line):
        return None
    parts = list(_parts(scripts))
    if None in parts:
        return None
    text = _FUNCTIONS.sub(r"\\\1", "".join(filter(None, parts)))
    text = _RELATION.sub(r" \1 ", _TEXT.sub(r"\\text{ \1 }", text))
    text = " ".join(text.split())
    return text if _TWO_SIDES.search(text) else None


def _are_level(words: list[Word], size: float) -> bool:
    """Whether words stand on one baseline. Brackets and large signs have baselines of their own."""
    named = [word.baseline for word in words if any(c.isalnum() for c in word.text)]
    return not named or max(named) - min(named) < _LEVEL * size


def _has_stacks(line: Line) -> bool:
    """Whether a word begins under or over the one before it, or two numbers meet: the parts of a fraction."""
    over = any(b.box.x0 < a.box.middle[0] for a, b in pairwise(line.words))
    meets = any(a.text[-1].isdigit() and b.text[0].isdigit() and not b.spaced for a, b in _level_pairs(line))
    return over or meets


def _level_pairs(line: Line) -> Iterator[tuple[Word, Word]]:
    """Neighbours of which none is a script."""
    return ((a, b) for (i, a), (j, b) in pairwise(line.scripts()) if not i and not j)


def _parts(scripts: list[tuple[int, Word]]) -> Iterator[str | None]:
    """Each word as TeX, scripts in their braces; None for one that cannot be told, and for a script of nothing."""
    last, host = 0, ""
    for script, word in scripts:
        text = _named(word.text) if not script or last or _HOST.search(host) else None
        host = word.text
        opens = {0: "", 1: "^{", -1: "_{"}[script] if script != last else ""
        closes = "}" if last and script != last else ""
        space = " " if word.spaced and not script and last == script else ""
        yield None if text is None else closes + space + opens + text
        last = script
    yield "}" if last else ""


def _named(text: str) -> str | None:
    out = ""
    for char in text:
        name = _sign(char)
        if name is None:
            return None
        # A letter right behind a command would be part of its name.
        out += (" " if out[-1:].isalpha() and re.search(r"\\[A-Za-z]+$", out) and name[:1].isalpha() else "") + name
    return out + (" " if re.search(r"\\[A-Za-z]+$", out) else "")


def _sign(char: str) -> str | None:
    if char in _SIGNS:
        return _SIGNS[char]
    letter = _AS_LATIN.get(char) or unicodedata.normalize("NFKC", char)
    if ord(char) in _BOLD:
        return rf"\mathbf{{{letter}}}"
    if _PLAIN.fullmatch(letter):
        return letter
    if letter in _SIGNS:
        return _SIGNS[letter]
    found = _GREEK.match(unicodedata.name(letter, "")) if len(letter) == 1 else None
    if found is None:
        return None
    name = found[2].lower().replace("lamda", "lambda")
    return "\\" + (name.capitalize() if found[1] == "CAPITAL" else name)

"""Plain text as Markdown that reads as that text: a character is escaped only where CommonMark would misread it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html.entities import html5

from output.options import MathStyle
from output.text import maths

FILLER = "\ufffc"  # stands for one character of a formula or kept tag while the text around it is examined
LINK, STYLE, CODE = "\ufdd2\ufdd3", "\ufdd4\ufdd5", "\ufdd6\ufdd7"
"""Noncharacters that stand around words which will be marked: as a link, as emphasis, as code. The parser takes such
out of what it reads."""

_MARKED = "".join((*LINK, *STYLE, *CODE))
_CODE = re.compile(f"{CODE[0]}[^{CODE}]*{CODE[1]}")
_TAG = re.compile(r"<(/?)(sup|sub)>")
BOLD = re.compile(r"(?<![\w*])\*\*(?=[^\s*])[^*\n]{1,300}(?<=[^\s*])\*\*(?![\w*])")
"""What is bold as a network writes it."""
_BOX = re.compile(r"([☐☑☒◻])(?=(\S)?)")
_HTML = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")
_BACKSLASH = re.compile(
    r"\\(?=[\\*`~<>.+!|\"',/:;=?@^\ufdd2-\ufdd7-]|$)", re.MULTILINE
)  # not \% \& \_ …: TeX for the character
_LINK = re.compile(r"\](?=\()")
_DEFINITION = re.compile(r"\](?=:)")
_TICKS = re.compile(r"`+")
_RUN = re.compile(r"\*+|(?<!\\)_+|~+")  # of \__ only the second: the first is escaped
_DOLLAR_PAIR = re.compile(r"\$(?=\S)[^$]*(?<=\S)\$(?!\d)")
_LINE_START = re.compile(
    r"""^(?: [-+*](?=\s|$)                  # list item
      | \#{1,6}(?=\s|$) | >                 # heading, quotation
      | [-=_*|:](?=[-=_*|:\ ]*$)            # underline of a heading, rule, second row of a pipe table
      | ~~~ | \d{1,9}(?P<number>[.)])(?=\s|$) )""",
    re.MULTILINE | re.VERBOSE,
)


def inline(text: str, style: MathStyle, in_cell: bool = False, starts_line: bool = True) -> str:
    """One paragraph's text (lines without outer white space) as Markdown; formulas get the delimiters of `style`.

    In the cell of a pipe table every bar is escaped. Behind a heading's hashes and in a cell (`starts_line` False)
    no character can begin a block.
    """
    # Two rounds of masking: tags and bold type are looked for outside code and formulas, and what needs escaping
    # outside all of them. The filler is one character for one, so that places in the masked text are places in the
    # text.
    kept = {code.start(): (code.end(), code[0]) for code in _CODE.finditer(text)}
    inside = {i for start, (end, _) in kept.items() for i in range(start, end)}
    kept |= {start: (end, shown) for start, (end, shown) in _formulas(text, style).items() if start not in inside}
    masked = _mask(text, kept)
    for start, end, shown in [*_tags(masked), *_bold(masked)]:
        kept[start] = (end, shown)
    masked = _mask(text, kept)
    edits = _edits(masked, "".join(shown for _, shown in kept.values()))
    if starts_line and not in_cell:
        edits |= {i: "\\" + masked[i] for i in _line_starts(masked)}
    edits |= {start: shown for start, (_, shown) in kept.items()}
    covered = {i for start, (end, _) in kept.items() for i in range(start + 1, end)}
    shown = "".join(edits.get(i, c) for i, c in enumerate(text) if i not in covered)
    return shown.replace("|", "\\|") if in_cell else shown


def ticked(shown: str) -> str:
    """Markdown or HTML with boxes as task lists have them; with a space behind, or `[x](` were a link."""
    return _BOX.sub(lambda m: ("[ ]" if m[1] in "☐◻" else "[x]") + " " * bool(m[2]), shown)


def _formulas(text: str, style: MathStyle) -> dict[int, tuple[int, str]]:
    return {f.start: (f.end, maths.inline(f.latex, style)) for f in maths.find(text)}


def _mask(text: str, kept: dict[int, tuple[int, str]]) -> str:
    out, at = [], 0
    for start, (end, _) in sorted(kept.items()):
        out += [text[at:start], FILLER * (end - start)]
        at = end
    return "".join([*out, text[at:]])


def _tags(masked: str) -> list[tuple[int, int, str]]:
    """Superscript and subscript tags, if all of them in the paragraph are balanced."""
    tags = list(_TAG.finditer(masked))
    balanced = len(tags) % 2 == 0 and all(
        not a[1] and b[1] and a[2] == b[2] for a, b in zip(tags[::2], tags[1::2], strict=True)
    )
    return [(tag.start(), tag.end(), tag[0]) for tag in tags] if balanced else []


def _bold(masked: str) -> Iterator[tuple[int, int, str]]:
    for match in BOLD.finditer(masked):
        yield match.start(), match.start() + 2, "**"
        yield match.end() - 2, match.end(), "**"


def _edits(masked: str, beside: str) -> dict[int, str]:
    """The characters that need something else in their place, by position; `beside` is what the filler stands for."""
    edits = {m.start(): "&lt;" for m in _HTML.finditer(masked)}
    edits |= {m.start(): r"\\" for m in _BACKSLASH.finditer(masked)}
    escaped = [
        *_entities(masked),
        *_code_ticks(masked, "`" in beside or CODE[0] in beside),
        *_emphasis(masked),
        *_dollars(masked, "$" in beside),
        *_links(masked),
    ]
    return edits | {i: "\\" + masked[i] for i in escaped}


def _entities(masked: str) -> Iterator[int]:
    """What Markdown would take for a character's name: printed, since what is read has no entities of its own."""
    for match in _ENTITY.finditer(masked):
        if match[1][0] == "#" or f"{match[1]};" in html5:
            yield match.start()


def _links(masked: str) -> Iterator[int]:
    """Brackets that would close the text of a link, or the name of a definition."""
    definitions = _DEFINITION.finditer(masked) if masked.startswith("[") else ()
    for match in (*_LINK.finditer(masked), *definitions):
        if not _is_escaped(masked, match.start()):
            yield match.start()


def _code_ticks(masked: str, has_code: bool) -> Iterator[int]:
    """All backticks, if there is code, two runs of one length would make some, or three a fence at a line's start."""
    runs = list(_TICKS.finditer(masked))
    fences = (len(run[0]) >= 3 and masked[run.start() - 1 : run.start()] in ("", "\n") for run in runs)
    if has_code or len({len(run[0]) for run in runs}) < len(runs) or any(fences):
        for run in runs:  # all: an escaped one would still close code that an unescaped one opened
            yield from range(run.start(), run.end())


def _emphasis(masked: str) -> Iterator[int]:
    """Runs of `*`, `_` and `~` if any that can open emphasis comes before one that can close it; beside words that will
    be marked each that can do either."""
    for mark in "*_~":
        runs = [m for m in _RUN.finditer(masked) if m[0][0] == mark]
        opened = False
        for run in runs:
            opens, closes = _flanking(masked, run)
            if STYLE[0] in masked and (opens or closes):
                yield from range(run.start(), run.end())
            elif closes and opened:
                for pair in runs:
                    yield from range(pair.start(), pair.end())
                break
            opened = opened or opens


def _is_escaped(masked: str, at: int) -> bool:
    """Whether the mark that is here is TeX's `\\$` or `\\]`, which Markdown reads the same way.

    However many backslashes come before: all but the last are escaped (`_BACKSLASH`), and a second one behind the last
    would make it a character and the mark active.
    """
    return masked[max(at - 1, 0) : at] == "\\"


def _flanking(masked: str, run: re.Match[str]) -> tuple[bool, bool]:
    """Whether a delimiter run can open and can close emphasis (CommonMark 0.31, section 6.2)."""
    before = masked[run.start() - 1] if run.start() else " "
    after = masked[run.end()] if run.end() < len(masked) else " "
    left = not after.isspace() and (not is_punctuation(after) or before.isspace() or is_punctuation(before))
    right = not before.isspace() and (not is_punctuation(before) or after.isspace() or is_punctuation(after))
    if run[0][0] != "_":
        return left, right
    return left and (not right or is_punctuation(before)), right and (not left or is_punctuation(after))


def is_punctuation(char: str) -> bool:
    """As CommonMark has it; what will be written in a filler's or a mark's place counts."""
    return char == FILLER or char in _MARKED or unicodedata.category(char)[0] in "PS"


def _dollars(masked: str, has_formulas: bool) -> Iterator[int]:
    """Literal dollars, where a reader of Markdown with formulas could take two of them for delimiters."""
    plain = [i for i, c in enumerate(masked) if c == "$" and not _is_escaped(masked, i)]
    # A lone dollar is left as it is printed: escapes that nobody needs make text harder to read in an editor.
    if plain and (has_formulas or LINK[0] in masked or "$$" in masked or _DOLLAR_PAIR.search(masked)):
        yield from plain


def _line_starts(masked: str) -> Iterator[int]:
    """The first character of a line, or the dot after its number, where it would begin a block of another kind."""
    for match in _LINE_START.finditer(masked):
        yield match.start("number") if match["number"] else match.start()

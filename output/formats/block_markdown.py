"""Pieces to Markdown: one function per role of a block."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from language.hyphens import Vocabulary
from output.document.flow import Piece
from output.document.footnotes import REFERENCE
from output.grounding.blocks import Emphasis, Style
from output.grounding.roles import Role
from output.marks import marks
from output.marks.marks import Marks
from output.options import RenderOptions, Running
from output.tables import table as tables
from output.tables.table import Table
from output.text import escape, headings, lists, maths, words

IN_PICTURE = "picture: "
"""What the comment begins with that holds the words of a picture."""

# Characters, a sentence: it is read aloud as a whole, and the words themselves stand in a comment below. Chosen.
_LONGEST_ALT = 120

Links = Mapping[str, str]
"""Link target by crop name, for crops that exist; a crop that is not in it is not linked."""

_NUMBER = r"\((?P<{}>[A-Z]?\.?\d{{1,3}}(?:\.\d{{1,3}}){{0,2}}[a-z]?)\)"
_NUMBERED = re.compile(
    rf"(?:{_NUMBER.format('before')}\s*)?\\\[(?P<latex>(?:(?!\\[\[\]]).)+)\\\](?(before)|\s*{_NUMBER.format('after')})",
    re.DOTALL,
)
_BLANK_LINES = re.compile(r"\n\s*\n")
_FENCE = re.compile(r"(`{3,}|~{3,})([A-Za-z0-9+#_-]{0,20})\s*")
_RULE = "***"  # not dashes: at the top of a file they would open front matter
_SEPARATOR = re.compile(r"^[ \t]*(?:[-=_*~.·–—][ \t]*){5,}$", re.MULTILINE)  # a rule made of characters
# Where a reader without footnotes would take the note for the definition of a link.
_DEFINES_LINK = re.compile(r"<?\S+(?:\s+[\"'(].*)?")


@dataclass(frozen=True)
class Scene:
    """All that a block may need to know of its surroundings."""

    options: RenderOptions
    vocabulary: Vocabulary
    links: Links
    targets: frozenset[int] = frozenset()  # pages that links lead to
    marks: Marks = field(default_factory=Marks)  # of the piece in hand
    breaks: bool = False  # whether lines of text end where the page means them to, as the PDF's own text does

    def inline(self, text: str, starts_line: bool = False) -> str:
        """Text in one line; `starts_line` where its beginning could begin a block, as in a list item."""
        return self.escaped(" ".join(text.split()), starts_line)

    def escaped(self, text: str, starts_line: bool = True) -> str:
        """Text as Markdown, with its references to footnotes."""
        shown = marks.markdown(text, self.marks.of(text), self.options.math, starts_line=starts_line)
        shown = escape.ticked(shown)
        return re.sub(rf"{REFERENCE.pattern}(\(?)", lambda m: f"[^{m[1]}]" + ("&#40;" if m[2] else ""), shown)

    def mended(self, text: str) -> str:
        return words.mend(text, self.vocabulary)


def markdown(scene: Scene, piece: Piece) -> Iterator[str]:
    """A piece as chunks of Markdown, which stand apart by a blank line."""
    by_role: dict[Role, Callable[[Scene, Piece], Iterable[str]]] = {
        Role.TITLE: _heading,
        Role.HEADING: _heading,
        Role.FIGURE: _figure,
        Role.FORMULA: _formula,
        Role.CODE: _code,
        Role.RUNNING: _running,
    }
    scene = replace(scene, marks=marks_of(piece, scene.options), breaks=piece.page.is_own_text)
    write = _footnote if piece.block.label == "footnote" else by_role.get(piece.role, _prose)
    yield from write(scene, piece)
    yield from _asides(scene, piece)


def _asides(scene: Scene, piece: Piece) -> Iterator[str]:
    """Comments and hidden text, as far as they are asked for."""
    for aside in (aside for one in (piece, *piece.more) for aside in one.block.asides):
        text = scene.inline(aside.text)
        if aside.kind == "comment" and scene.options.comments:
            who = f" by {scene.inline(aside.author)}" if aside.author else ""
            where = f" on “{scene.inline(aside.about)}”" if aside.about else ""
            yield f"> **Comment{who}{where}:** {text}"
        elif aside.kind == "hidden" and scene.options.hidden is Running.KEEP:
            yield text
        elif aside.kind == "hidden" and scene.options.hidden is Running.COMMENT:
            yield f"<!-- hidden: {_comment(aside.text)} -->"


def marks_of(piece: Piece, options: RenderOptions) -> Marks:
    """What is to be marked in a piece and in all that is joined to it."""
    blocks = [one.block for one in (piece, *piece.more)]
    emphasis = (one for block in blocks for one in block.emphasis)
    return Marks(
        (link for block in blocks for link in block.links),
        (shown for one in emphasis if (shown := one if options.emphasis else _struck(one))),
    )


def _struck(emphasis: Emphasis) -> Emphasis | None:
    return replace(emphasis, style=Style(struck=True)) if emphasis.style.struck else None


def _prose(scene: Scene, piece: Piece) -> Iterator[str]:
    """Text with whatever stands in it: tables, formulas of their own, lists, paragraphs."""
    for part in piece.parts:
        if isinstance(part, Table):
            yield from tables.markdown(part, scene.options.tables, scene.options.math, scene.marks)
        else:
            yield from _text(scene, part, piece.role is Role.LIST, may_have_headings=not piece.block.label)


def _text(scene: Scene, text: str, is_list: bool, may_have_headings: bool = False) -> Iterator[str]:
    text = scene.mended(text)
    at = 0
    for formula in maths.find(text):
        if formula.display:
            yield from _paragraphs(scene, text[at : formula.start], is_list, may_have_headings)
            yield maths.display(formula.latex, scene.options.math)
            at = formula.end
    yield from _paragraphs(scene, text[at:], is_list, may_have_headings)


def _paragraphs(scene: Scene, text: str, is_list: bool, may_have_headings: bool) -> Iterator[str]:
    apart = _SEPARATOR.sub("\n\\g<0>\n", text)
    paragraphs = ["\n".join(filter(str.strip, text.split("\n")))] if is_list else _BLANK_LINES.split(apart)
    for paragraph in filter(str.strip, paragraphs):
        if _SEPARATOR.fullmatch(paragraph.strip()):
            yield _RULE
            continue
        hashes, heading, rest = headings.split(paragraph)
        if may_have_headings and hashes and heading and not rest:
            yield headings.markdown(scene.inline(heading), headings.level(hashes, heading, hashes == 1))
            continue
        before, items = lists.split(paragraph, is_list)
        if before.strip():
            yield _paragraph(scene, before)
        if items:
            yield lists.markdown(items, partial(scene.inline, starts_line=True))


def _paragraph(scene: Scene, text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    shown = scene.escaped("\n".join(line for line in lines if line))
    return shown.replace("\n", "  \n") if scene.breaks else shown  # else a reader of Markdown runs lines together


def _heading(scene: Scene, piece: Piece) -> Iterator[str]:
    _, heading, rest = headings.split(scene.mended(piece.text))
    if heading:
        yield headings.markdown(scene.inline(heading), piece.block.level or 2)
    yield from _text(scene, rest, is_list=False)


def _footnote(scene: Scene, piece: Piece) -> Iterator[str]:
    """Notes that are referred to as definitions, the others as text."""
    for note in _BLANK_LINES.split(piece.text):
        if not (found := REFERENCE.match(note)):
            yield from _text(scene, note, is_list=False)
            continue
        text = scene.inline(scene.mended(note[found.end() :]))
        yield f"[^{found[1]}]: {text}" + " <!-- -->" * bool(_DEFINES_LINK.fullmatch(text))


def _formula(scene: Scene, piece: Piece) -> Iterator[str]:
    if latex := maths.undelimited(_tagged(piece.text)):
        if any(f.display for f in maths.find(latex)):  # text around, such as the formula's number
            yield from _prose(scene, piece)
        else:
            yield maths.display(latex, scene.options.math)


def _tagged(text: str) -> str:
    """A formula with the number that stands beside it as its tag, as TeX sets numbers."""
    found = _NUMBERED.fullmatch(text.strip())
    if found is None or "\\tag" in text:
        return text
    return f"\\[{found['latex'].strip()} \\tag{{{found['before'] or found['after']}}}\\]"


def _code(_: Scene, piece: Piece) -> Iterator[str]:
    language, code = _unfenced(piece.text)
    if code.strip():
        yield maths.fenced(code, language)


def _unfenced(text: str) -> tuple[str, str]:
    """(language or "", code) without a fence that the model put around the whole block."""
    first, _, rest = text.partition("\n")
    body, _, last = rest.rpartition("\n")
    fence = _FENCE.fullmatch(first)
    return (fence[2], body) if fence and last.strip() == fence[1] else ("", text)


def _running(scene: Scene, piece: Piece) -> Iterator[str]:
    is_kept = scene.options.headers is not Running.COMMENT or piece.block.kept == "once"
    if piece.block.figures:
        yield from _figure(scene, piece) if is_kept else ()
    elif piece.text.strip():
        text = piece.text
        yield _paragraph(scene, text) if is_kept else f"<!-- {piece.block.running}: {_comment(text)} -->"


def _comment(text: str) -> str:
    """Text that cannot end the comment it stands in."""
    return re.sub(r"-(?=-)", "- ", " ".join(text.split())).replace("<", "&lt;")


def _figure(scene: Scene, piece: Piece) -> Iterator[str]:
    words = "; ".join(piece.block.inside)
    alt = _alt(scene, piece, words)
    for figure in piece.block.figures:
        link = scene.links.get(figure.name)
        yield f"![{alt}]({link})" if link else f"<!-- figure {figure.name.removesuffix('.png')} -->"
    if words:  # whole, and out of the reader's way: what the alternative text has of it may be cut
        yield f"<!-- {IN_PICTURE}{_comment(words)} -->"
    yield from _prose(scene, piece)


def _alt(scene: Scene, piece: Piece, words: str) -> str:
    """What a reader hears in place of the picture, plain: the document's own words, its caption, or words in it."""
    caption = piece.block.caption
    text = piece.block.alt
    if not text:
        text = scene.mended(piece.page.blocks[caption].text) if caption is not None else words
    text = " ".join(re.sub(r"\\[()\[\]]|[\\`*$]", "", text).replace("[", "(").replace("]", ")").split())
    if len(text) > _LONGEST_ALT and not piece.block.alt:
        text = text[:_LONGEST_ALT].rpartition(" ")[0] + " …"
    return scene.inline(text) or f"Figure on page {piece.number}"

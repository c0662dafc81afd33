"""Blocks to Markdown: one function per role, and a page is its blocks in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from output import captions, escape, figures, headings, lists, maths, table_source, tables, words
from output.blocks import Block, Document, PageBlocks
from output.options import RenderOptions, Running
from output.roles import Role, role
from output.tables import Table

Links = Mapping[str, str]
"""Link target by crop name, for crops that exist; a crop that is not in it is not linked."""

_BLANK_LINES = re.compile(r"\n\s*\n")
_FENCE = re.compile(r"(`{3,}|~{3,})([A-Za-z0-9+#_-]{0,20})\s*")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ORDERED = re.compile(r"(\d+)[.)] ")


@dataclass(frozen=True)
class _Scene:
    """All that a block may need to know of its surroundings."""

    options: RenderOptions
    vocabulary: words.Vocabulary
    links: Links
    page: PageBlocks
    figures: tuple[figures.Figure, ...]
    captions: dict[int, int]

    def inline(self, text: str, starts_line: bool = False) -> str:
        """Text in one line; `starts_line` where its beginning could begin a block, as in a list item."""
        return escape.inline(" ".join(text.split()), self.options.math, starts_line=starts_line)


def document_markdown(document: Document, options: RenderOptions | None = None, links: Links | None = None) -> str:
    """The whole document, ending in one newline; "" if no page has anything to show."""
    options = options or RenderOptions()
    known = vocabulary(document.pages)
    shown = [page_markdown(page, options, known, links) for page in document.pages]
    text = join([chunk for chunk in shown if chunk])
    return text + "\n" if text else ""


def vocabulary(pages: Iterable[PageBlocks]) -> words.Vocabulary:
    """The words of all pages, which decide how words broken at line ends are mended."""
    return words.vocabulary(block.text for page in pages for block in page.blocks)


def page_markdown(
    page: PageBlocks,
    options: RenderOptions | None = None,
    known: words.Vocabulary | None = None,
    links: Links | None = None,
) -> str:
    """One page without a final newline, for a stream of pages; `known` is the page's own vocabulary unless given."""
    options = options or RenderOptions()
    placing = captions.place(page.blocks)
    known = vocabulary([page]) if known is None else known
    scene = _Scene(options, known, links or {}, page, figures.plan(page), placing.captions)
    chunks = [f"<!-- page {page.number} -->"] if options.page_separator else []
    for index in placing.order:
        chunks += _block(scene, index)
    if page.failure is not None:
        chunks.append(_failure(scene, page.failure))
    return join(chunks)


def join(chunks: list[str]) -> str:
    """Chunks with a blank line between; two lists whose numbers do not go on are kept from becoming one."""
    out: list[str] = []
    for chunk in chunks:
        if out and _would_renumber(out[-1], chunk):
            out.append("<!-- -->")
        out.append(chunk)
    return "\n\n".join(out)


def _would_renumber(before: str, after: str) -> bool:
    outer = [line for line in before.split("\n") if not line.startswith(" ")]
    last, first = _ORDERED.match(outer[-1]), _ORDERED.match(after)
    return bool(last and first and int(first[1]) != int(last[1]) + 1)


def _block(scene: _Scene, index: int) -> Iterable[str]:
    block = scene.page.blocks[index]
    kind = role(block.label)
    if kind is Role.FIGURE:
        return [*_figure(scene, index), *_prose(scene, block)]
    by_role: dict[Role, Callable[[_Scene, Block], Iterable[str]]] = {
        Role.TITLE: partial(_heading, is_title=True),
        Role.HEADING: _heading,
        Role.FORMULA: _formula,
        Role.CODE: _code,
        Role.RUNNING: _running,
    }
    return by_role.get(kind, _prose)(scene, block)


def _prose(scene: _Scene, block: Block) -> Iterator[str]:
    """Text with whatever stands in it: tables, formulas of their own, lists, paragraphs."""
    kind = role(block.label)
    for part in table_source.split(block.text, kind is Role.TABLE):
        if isinstance(part, Table):
            yield from tables.markdown(part, scene.options.tables, scene.options.math)
        else:
            yield from _text(scene, part, kind is Role.LIST, may_have_headings=not block.label)


def _text(scene: _Scene, text: str, is_list: bool, may_have_headings: bool = False) -> Iterator[str]:
    text = words.mend(_BREAK.sub("\n", text), scene.vocabulary)
    at = 0
    for formula in maths.find(text):
        if formula.display:
            yield from _paragraphs(scene, text[at : formula.start], is_list, may_have_headings)
            yield maths.display(formula.latex, scene.options.math)
            at = formula.end
    yield from _paragraphs(scene, text[at:], is_list, may_have_headings)


def _paragraphs(scene: _Scene, text: str, is_list: bool, may_have_headings: bool) -> Iterator[str]:
    paragraphs = ["\n".join(filter(str.strip, text.split("\n")))] if is_list else _BLANK_LINES.split(text)
    for paragraph in filter(str.strip, paragraphs):
        hashes, heading, rest = headings.split(paragraph)
        if may_have_headings and hashes and heading and not rest:
            yield headings.markdown(scene.inline(heading), headings.level(hashes, heading, hashes == 1))
            continue
        before, items = lists.split(paragraph, is_list)
        if before.strip():
            yield _paragraph(scene, before)
        if items:
            yield lists.markdown(items, partial(scene.inline, starts_line=True))


def _paragraph(scene: _Scene, text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return escape.inline("\n".join(line for line in lines if line), scene.options.math)


def _heading(scene: _Scene, block: Block, is_title: bool = False) -> Iterator[str]:
    hashes, heading, rest = headings.split(words.mend(block.text, scene.vocabulary))
    if heading:
        yield headings.markdown(scene.inline(heading), headings.level(hashes, heading, is_title))
    yield from _text(scene, rest, is_list=False)


def _formula(scene: _Scene, block: Block) -> Iterator[str]:
    if latex := maths.undelimited(block.text):
        if any(f.display for f in maths.find(latex)):  # text around, such as the formula's number
            yield from _prose(scene, block)
        else:
            yield maths.display(latex, scene.options.math)


def _code(scene: _Scene, block: Block) -> Iterator[str]:
    language, code = _unfenced(block.text)
    if code.strip():
        longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
        fence = "`" * max(3, longest + 1)
        yield f"{fence}{language}\n{code}\n{fence}"


def _unfenced(text: str) -> tuple[str, str]:
    """(language or "", code) without a fence that the model put around the whole block."""
    first, _, rest = text.partition("\n")
    body, _, last = rest.rpartition("\n")
    fence = _FENCE.fullmatch(first)
    return (fence[2], body) if fence and last.strip() == fence[1] else ("", text)


def _running(scene: _Scene, block: Block) -> Iterator[str]:
    if not block.text.strip():
        return
    if scene.options.headers is Running.KEEP:
        yield _paragraph(scene, block.text)
    elif scene.options.headers is Running.COMMENT:
        yield f"<!-- {block.label}: {_comment(block.text)} -->"


def _comment(text: str) -> str:
    """Text that cannot end the comment it stands in."""
    return re.sub(r"-(?=-)", "- ", " ".join(text.split())).replace("<", "&lt;")


def _figure(scene: _Scene, index: int) -> Iterator[str]:
    alt = _alt(scene, index)
    for figure in (f for f in scene.figures if f.block == index):
        link = scene.links.get(figure.name)
        yield f"![{alt}]({link})" if link else f"<!-- figure {figure.name.removesuffix('.png')} -->"


def _alt(scene: _Scene, index: int) -> str:
    """What a reader hears in place of the picture: its caption, plain and short."""
    caption = scene.captions.get(index)
    text = words.mend(scene.page.blocks[caption].text, scene.vocabulary) if caption is not None else ""
    text = " ".join(re.sub(r"\\[()\[\]]|[\\`*$]", "", text).replace("[", "(").replace("]", ")").split())
    if len(text) > 120:
        text = text[:120].rpartition(" ")[0] + " …"
    return scene.inline(text) or f"Figure on page {scene.page.number}"


def _failure(scene: _Scene, reason: str) -> str:
    what = "is incomplete" if scene.page.blocks else "could not be read"
    return f"> **Page {scene.page.number} {what}:** {scene.inline(reason)}"

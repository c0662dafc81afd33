"""The preview: one HTML file with every page's image beside its text, for looking over what was read.

Nothing is loaded from elsewhere. Each page waits as an inert template and a base64 image; the script takes up one page
at a time, so a file of hundreds of pages opens at once and holds one image in memory.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from output.compare import agreement, ledger, unread
from output.document.flow import Piece
from output.document.joining.assemble import UNSURE, Assembly
from output.formats.block_markdown import Scene, markdown
from output.formats.html_format import asset, content_policy, fragment
from output.formats.markdown import join
from output.grounding.blocks import TEXT_LAYER, Block, Box, PageBlocks, Unread
from output.grounding.parser import GRID
from output.grounding.roles import Role
from output.options import RenderOptions, Running
from output.pictures.figures import CropError, Pixels, Raster, Region

_SIDES = (
    (100, 1400),
    (300, 1200),
    (1000, 900),
    (10**9, 600),
)  # (up to so many pages, pixels of an image's longer side)
# Of WebP, 0..100; chosen, not measured: higher, and previews of long documents get too large to send; lower, and small
# print cannot be compared with what was read, which is what a preview is for.
_QUALITY = 60
_SURE = 0.9  # blocks from here on are not shaded: of pages that nano reads well, most blocks are above; chosen
_OPTIONS = RenderOptions(headers=Running.KEEP)


def preview_html(assembly: Assembly, raster: Raster | None = None) -> tuple[str, tuple[str, ...]]:
    """The whole file, and one line for each page whose image could not be drawn. Without a `raster` there are none."""
    failures: list[str] = []
    return "".join(preview_parts(assembly, raster, failures.append)), tuple(failures)


def preview_parts(assembly: Assembly, raster: Raster | None, failed: Callable[[str], None]) -> Iterator[str]:
    """The same in parts, so that never more than one page's image is held; `failed` gets the lines as they come."""
    pages = assembly.document.pages
    style, script = asset("document.css") + asset("preview.css"), asset("preview.js")
    head, _, tail = asset("preview.html").partition("{pages}")
    yield head.format(
        title=html.escape(assembly.document.name), count=len(pages), style=style,
        policy=content_policy("img-src blob:", styles=[style], scripts=[script]),
        options="".join(_option(at, page) for at, page in enumerate(pages)),
    )  # fmt: skip
    for at, page in enumerate(pages):
        yield from (f"{part}\n" for part in _page(assembly, at, page, raster, failed))
    yield tail.format(script=script)


def flags(page: PageBlocks) -> list[str]:
    """What a person should know of the page before trusting it, a line each; nothing where all is well."""
    what = "was not read with certainty" if page.finish == UNSURE else "is incomplete"
    lines = [f"This page {what}: {page.failure}"] if page.failure is not None else []
    if page.doubtful:
        lines.append("The model was less sure of this page than of pages that it reads well")
    if page.agreement is not None and agreement.doubtful(page.agreement):
        lines.append(f"This page differs from the PDF's own text: {agreement.in_words(page.agreement)}")
    by_network = page.reader != TEXT_LAYER
    if page.ledger is not None and ledger.told(page.ledger, by_network):
        lines.append(f"Words of this page are lost: {ledger.in_words(page.ledger, by_network)}")
    return lines


def _option(at: int, page: PageBlocks) -> str:
    return f'<option value="{at}">{page.number}{" – flagged" if flags(page) or page.unread else ""}</option>'


def _page(
    assembly: Assembly, at: int, page: PageBlocks, raster: Raster | None, failed: Callable[[str], None]
) -> Iterator[str]:  # fmt: skip
    """The page's template, and its image where it has one."""
    width, height = max(page.width, 1.0), max(page.height, 1.0)
    attributes = f'data-number="{page.number}" data-width="{width:g}" data-height="{height:g}"'
    yield f'<template id="page-{at}" {attributes}>\n{_notes(page)}{"".join(_blocks(assembly, page))}</template>'
    if raster is None:
        return
    try:
        pixels = raster(page.number, _dpi(page, len(assembly.document.pages)), Region(0, 0, page.width, page.height))
        yield f'<script type="text/plain" id="image-{at}">{_webp(pixels, len(assembly.document.pages))}</script>'
    except (CropError, OSError, MemoryError, ValueError) as error:
        failed(f"page {page.number}: its image for the preview could not be drawn: {error}")


def _notes(page: PageBlocks) -> str:
    facts = [f"Read by {page.reader}"] if page.reader else []
    facts += [f"{len(page.corrected)} corrected by hand"] if page.corrected else []
    facts += [f"certainty {page.confidence:.2f}"] if page.confidence is not None else []
    if page.agreement is not None and not agreement.doubtful(page.agreement):
        facts.append("agrees with the PDF's own text")
    if page.ledger is not None and page.ledger.words and page.reader == TEXT_LAYER and not page.ledger.missing:
        facts.append(f"all {page.ledger.words} words of the PDF's own text are accounted for")
    flagged = "".join(f'<p class="flag">{html.escape(line)}</p>\n' for line in flags(page))
    flagged += "".join(map(_unread, page.unread))
    return flagged + (f'<p class="facts">{html.escape(" · ".join(facts))}</p>\n' if facts else "")


def _unread(place: Unread) -> str:
    """A line that shows its place on the image as a block does."""
    box = f"{place.box.x1},{place.box.y1},{place.box.x2},{place.box.y2}"
    return f'<p class="unread" tabindex="0" data-boxes="{box}">{unread.in_words([place])}</p>\n'


def _blocks(assembly: Assembly, page: PageBlocks) -> Iterator[str]:
    for order, block in enumerate(page.blocks, 1):
        name = html.escape(block.label.replace("_", " ") or "text")
        mended = " corrected" if order - 1 in dict(page.corrected) else ""
        boxes = ";".join(f"{box.x1},{box.y1},{box.x2},{box.y2}" for box in block.boxes)
        yield (
            f'<section class="block {block.role}{mended}" tabindex="0" data-order="{order}" data-boxes="{boxes}" '
            f'aria-label="Block {order}: {name}"{_shade(block)}><span class="label" aria-hidden="true">{order} {name}'
            f"{_sureness(block)}</span>"
            # A text area drops a line break at its beginning.
            f'<textarea class="source" aria-label="Text of block {order}" hidden>\n{html.escape(block.text)}</textarea>'
            f"{_content(assembly, page, order - 1)}</section>\n"
        )


def _shade(block: Block) -> str:
    """How dark a block is drawn, for the style sheet: one of ten steps by how unsure the model was of it."""
    if block.confidence is None or not _is_doubtful(block):
        return ""
    return f' data-doubt="{min(int((1 - block.confidence) * 10), 9)}"'


def _sureness(block: Block) -> str:
    return "" if block.confidence is None else f" · {block.confidence:.2f}"


def _is_doubtful(block: Block) -> bool:
    return block.confidence is not None and block.confidence < _SURE


def _content(assembly: Assembly, page: PageBlocks, index: int) -> str:
    """The block as a reader would get it; a figure is shown as its part of the page's image.

    Marks of footnotes stay as they were read: a block that stands by itself has nothing to refer to.
    """
    block = page.blocks[index]
    crops = ""
    if block.role is Role.FIGURE:
        crops = "".join(_crop(box, page.number) for box in block.boxes)
        block = replace(block, found_role=Role.TEXT, shown=None)  # its words, too
    piece = Piece(page, index, replace(block, shown=None) if block.notes else block)
    return crops + fragment(join(list(markdown(Scene(_OPTIONS, assembly.vocabulary, {}), piece))))


def _crop(box: Box, number: int) -> str:
    return (
        f'<div class="crop" role="img" aria-label="Figure on page {number}" '
        f'data-box="{box.x1},{box.y1},{box.x2},{box.y2}" data-grid="{GRID}"></div>'
    )


def _side(pages: int) -> int:
    return next(side for most, side in _SIDES if pages <= most)


def _dpi(page: PageBlocks, pages: int) -> float:
    return 72 * _side(pages) / max(page.width, page.height, 1.0)


def _webp(pixels: Pixels, pages: int) -> str:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((_side(pages), _side(pages)))  # image files come at their own resolution
    encoded = io.BytesIO()
    image.save(encoded, "WEBP", quality=_QUALITY, method=2)
    return base64.b64encode(encoded.getvalue()).decode("ascii")

"""The source, or the images of its pages, with the words that were read as invisible text at their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pipeline.documents import mupdf
from pipeline.documents.annotations import Made, add_page, scrub, written
from pipeline.documents.layer.glyphless import WIDTH, Glyphless
from pipeline.documents.layer.layers import Layer, Placed
from pipeline.documents.layer.tags import Tags
from pipeline.errors import PageError

_RESOURCE = "OCR2Glyphless"
_ASCENT = 0.8  # of the em: a word's box is filled from a fifth of an em below its baseline up
_DEEPEST = 30  # parents of a page that are looked at for its resources
_INVISIBLE = 3  # the rendering mode of text that is neither filled nor stroked (ISO 32000-1, 9.3.6)


def add_layers(pdf: mupdf.Document, layers: Sequence[Layer]) -> Made:
    """The document's own pages, with text where they have none that can be searched.

    `pdf` is the open and unlocked source, which is changed: it is cut down to the pages of `layers`. It is tagged if it
    was not and all text is ours. Raises PageError where it is too damaged to be written again.
    """
    layers = [layer for layer in layers if layer.number <= pdf.page_count]
    try:
        pdf.select([layer.number - 1 for layer in layers])
        scrub(pdf)
        return _layered(pdf, layers)
    except (*mupdf.ERRORS, IndexError) as error:
        raise PageError(" ".join(str(error).split())) from error


def add_layers_to_images(layers: Sequence[Layer], image: Callable[[Layer], bytes | str]) -> Made:
    """The same for a source that is no PDF: `image` gives a page as a file, or says in one line why there is none."""
    failures: list[str] = []
    with mupdf.open() as pdf:
        for layer in layers:
            failures += add_page(pdf, layer.number, (layer.width, layer.height), image(layer))
        data, more = _layered(pdf, layers)
    return data, (*failures, *more)


def _layered(pdf: mupdf.Document, layers: Sequence[Layer]) -> Made:
    font = Glyphless(pdf)
    is_tagged = pdf.xref_get_key(pdf.pdf_catalog(), "StructTreeRoot")[0] != "null"
    tags = Tags(pdf) if not is_tagged and not any(layer.has_text for layer in layers) else None
    for at, layer in enumerate(layers):
        if not layer.has_text:
            _write(pdf, pdf[at], layer, font, tags)
    font.close()
    if tags:
        tags.close()
    return written(pdf), ()


def _write(pdf: mupdf.Document, page: mupdf.Page, layer: Layer, font: Glyphless, tags: Tags | None) -> None:
    if not layer.parts:
        return
    page.wrap_contents()
    _add_font(pdf, page, font.xref)
    if tags:
        tags.begin_page(page)
    stream = "".join(_operators(page, layer, font, tags))
    mupdf.TOOLS._insert_contents(page, stream.encode("ascii"), True)


def _operators(page: mupdf.Page, layer: Layer, font: Glyphless, tags: Tags | None) -> Iterator[str]:
    shown = ~mupdf.turning(page) * ~mupdf.from_pdf(page)
    yield f"q\nBT\n{_INVISIBLE} Tr\n"
    for part in layer.parts:
        if tags:
            yield f"/{part.tag} <</MCID {tags.add(part.tag)}>> BDC\n"
        for word in part.words:
            yield _word(word, layer.turned, shown, font)
        yield "EMC\n" if tags else ""
    yield "ET\nQ\n"


def _word(word: Placed, turned: int, shown: mupdf.Matrix, font: Glyphless) -> str:
    """A word, and the blank behind it, as long and as high as its box."""
    x0, y0, x1, y1 = word.box
    length, size = (x1 - x0, max(y1 - y0, 1.0)) if turned % 2 == 0 else (y1 - y0, max(x1 - x0, 1.0))
    natural = size * WIDTH / 1000 * max(len(word.text), 1)
    # On the page as it lies: where the word begins, where it runs to, and up.
    start, right, up = [
        ((x0, y0), (1, 0), (0, -1)), ((x1, y0), (0, 1), (1, 0)),
        ((x1, y1), (-1, 0), (0, 1)), ((x0, y1), (0, -1), (-1, 0)),
    ][turned]  # fmt: skip
    x, y = start[0] - up[0] * _ASCENT * size, start[1] - up[1] * _ASCENT * size
    place = mupdf.Matrix(*right, *up, x, y) * shown
    matrix = " ".join(f"{value:.4f}" for value in place)
    text = font.hexadecimal(word.text + " ")
    return f"/{_RESOURCE} {size:.2f} Tf {100 * max(length, 0.5) / natural:.2f} Tz {matrix} Tm <{text}> Tj\n"


def _add_font(pdf: mupdf.Document, page: mupdf.Page, xref: int) -> None:
    """Name the font in the page's resources, which may be its parent's or stand elsewhere in the file."""
    kind, value = _resources(pdf, page.xref)
    if kind == "xref":
        home, path = int(value.split()[0]), "Font"
    else:
        pdf.xref_set_key(page.xref, "Resources", value if kind == "dict" else "<<>>")
        home, path = page.xref, "Resources/Font"
    kind, value = pdf.xref_get_key(home, path)
    if kind == "xref":
        home, path = int(value.split()[0]), ""
    elif kind != "dict":
        pdf.xref_set_key(home, path, "<<>>")
    pdf.xref_set_key(home, f"{path}/{_RESOURCE}" if path else _RESOURCE, f"{xref} 0 R")


def _resources(pdf: mupdf.Document, xref: int) -> tuple[str, str]:
    for _ in range(_DEEPEST):
        kind, value = pdf.xref_get_key(xref, "Resources")
        if kind != "null":
            return kind, value
        parent = pdf.xref_get_key(xref, "Parent")
        if parent[0] != "xref":
            break
        xref = int(parent[1].split()[0])
    return "null", ""

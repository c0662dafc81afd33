"""HTML within our Markdown, let through by an allow-list: tables, a few inline tags, no attributes but spans."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from output.text import maths

_TABLE_TAGS = "table caption thead tbody tr th td"
_INLINE_TAGS = "sup sub br b i s code"
_TAG = re.compile(
    rf"<(?P<close>/?)(?P<name>{'|'.join((*_TABLE_TAGS.split(), *_INLINE_TAGS.split()))})"
    r'(?P<spans>(?: (?:rowspan|colspan)="\d{1,4}")*) ?/?>'
    r'|<(?P<link>a) href="(?P<target>(?:https?://|mailto:|#)[^"<>\s]*)">|</(?P<linked>a)>',
    re.IGNORECASE,
)
_HEADINGS = tuple(f"h{level}" for level in range(1, 7))
# All that markdown-it and the rules of `html_format` write; `id` ties footnotes to their marks.
_WRITTEN = {
    *_TABLE_TAGS.split(), *_INLINE_TAGS.split(), *_HEADINGS, *("p", "hr", "blockquote"),
    *("ul", "ol", "li", "pre", "code", "em", "strong", "s", "a", "img", "div", "span", "section", "details", "summary"),
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "rel", "id", "class"}, "img": {"src", "alt", "loading"}, "td": {"rowspan", "colspan"},
    "th": {"rowspan", "colspan"}, "ol": {"start", "class"}, "li": {"id", "class"}, "code": {"class"},
    "div": {"class"}, "span": {"class"}, "section": {"class"}, "hr": {"class"}, "sup": {"class"}, "details": {"class"},
    **{name: {"id"} for name in _HEADINGS},
}  # fmt: skip
_PICTURES = ("data:image/png;", "data:image/jpeg;", "data:image/webp;")
_INLINE = re.compile(r'</?(?:sup|sub|b|i|s)>|<br>|<a id="page-\d{1,6}(?:-\d{1,6})?">|</a>')
_IN_PICTURE = re.compile(r"<!-- picture: (.*) -->")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def block(raw: str) -> str:
    """An HTML block with the allowed tags, each closed; all others as the text that they are, comments dropped.

    The comment that holds the words of a picture becomes a list that opens when it is clicked.
    """
    if words := words_in_picture(raw):
        return f'<details class="in-picture"><summary>Text in the picture</summary>{html.escape(words)}</details>\n'
    stack: list[str] = []
    pieces = list(_pieces(_COMMENT.sub("", raw), stack))
    # What is left open is closed here, else a table that a page's end cut off would take in the rest of the document.
    return "".join((*pieces, *(f"</{name}>" for name in reversed(stack))))


def words_in_picture(raw: str) -> str:
    """The words that a comment of our Markdown holds for a picture; "" for any other."""
    found = _IN_PICTURE.fullmatch(raw.strip())
    return found[1].replace("&lt;", "<") if found else ""


def inline(raw: str) -> str:
    """One inline tag: superscript, subscript, line break, a page's anchor, or else its text; a comment is nothing."""
    if raw.startswith("<!--"):
        return ""
    return raw if _INLINE.fullmatch(raw) else html.escape(raw)


def math(latex: str, display: bool) -> str:
    """A formula as TeX that a reader, or a script of theirs, can find by its class."""
    name = "div" if display else "span"
    return f'<{name} class="math {"block" if display else "inline"}">{html.escape(latex.strip())}</{name}>'


def gated(fragment: str) -> str:
    """HTML through nh3, a parser that browsers' own rules were written into: only what we write ourselves passes it."""
    # Imported where it is used: only HTML and the preview need it, and help must come at once.
    import nh3

    return nh3.clean(
        fragment,
        tags=_WRITTEN,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
        strip_comments=True,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Data is for pictures alone: as the target of a link it would be a page that somebody else wrote."""
    if value.lstrip().lower().startswith("data:"):
        return value if tag == "img" and value.startswith(_PICTURES) else None
    return value


def _pieces(raw: str, stack: list[str]) -> Iterator[str]:
    """Text and tags; `stack` has the names of the tags that are open."""
    at = 0
    for tag in _TAG.finditer(raw):
        yield _text(raw[at : tag.start()])
        at = tag.end()
        name = (tag["name"] or "a").lower()
        if tag["link"]:
            stack.append(name)
            yield f'<a href="{html.escape(html.unescape(tag["target"]))}" rel="noreferrer">'
        elif name == "br":
            yield "<br>"
        elif not tag["close"] and not tag["linked"]:
            stack.append(name)
            yield f"<{name}{tag['spans'].lower()}>"
        elif name in stack:
            while (inner := stack.pop()) != name:
                yield f"</{inner}>"
            yield f"</{name}>"
    yield _text(raw[at:])


def _text(raw: str) -> str:
    # Entities first, then formulas, then escaping: in that order an escaped `<` never becomes a tag again.
    text = html.unescape(raw)
    out, at = [], 0
    for formula in maths.find(text):
        out += [html.escape(text[at : formula.start]), math(formula.latex, display=False)]
        at = formula.end
    return "".join([*out, html.escape(text[at:])])

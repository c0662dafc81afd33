"""The document as one HTML file: our Markdown through markdown-it, nothing fetched, nothing run."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from output.document.joining.assemble import Assembly
from output.formats import markdown, safe_html
from output.options import MathStyle
from output.text import headings

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Sources = Mapping[str, str]
"""What an image element gets as its source, by the name of the crop; a crop that is not in it is not shown."""

_MIME = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
_SAFE_LINKS = ("http://", "https://", "mailto:", "#")


def document_html(assembly: Assembly, sources: Sources | None = None) -> str:
    """A whole HTML file. With data URIs as `sources` it needs no other file; formulas stay as TeX (class `math`)."""
    assembly = replace(assembly, options=replace(assembly.options, math=MathStyle.DOLLAR))
    sources = sources or {}
    body = fragment("".join(markdown.parts(assembly, {name: name for name in sources})), sources)
    title = html.escape(assembly.document.name)
    policy = content_policy("img-src data: 'self' file:", styles=[style()])
    return (
        f'<!DOCTYPE html>\n<html lang="">\n<head>\n<meta charset="utf-8">\n{policy}\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style()}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def fragment(text: str, sources: Sources | None = None) -> str:
    """Markdown as HTML in which no tag, attribute or link is left that could load or run anything.

    Our own rules show unknown tags as the text that they are; what leaves them goes through a second gate, which has
    no part in them.
    """
    return safe_html.gated(str(_reader().render(text, {"sources": sources or {}})))


def data_uri(name: str, data: bytes) -> str:
    """A picture as part of a page. Its type follows from the file's suffix."""
    kind = _MIME.get(name[name.rfind(".") :].lower(), "application/octet-stream")
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def content_policy(images: str, styles: Sequence[str] = (), scripts: Sequence[str] = ()) -> str:
    """A meta element that lets a browser use exactly these style sheets and scripts, and load nothing."""
    rules = ["default-src 'none'", images, "base-uri 'none'", "form-action 'none'"]
    for rule, texts in (("style-src", styles), ("script-src", scripts)):
        if texts:
            rules.append(f"{rule} {' '.join(map(_hash, texts))}")
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">'


@cache
def style() -> str:
    """The style sheet of a document."""
    return asset("document.css")


def asset(name: str) -> str:
    """A text file that ships with this package."""
    return files("output.formats").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    # Not the "gfm-like" preset: it makes links of whatever looks like an address, which the source did not state.
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    reader.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False).use(footnote_plugin)
    for name, rule in _RULES.items():
        reader.add_render_rule(name, rule)
    return reader


def _image(renderer: object, tokens: Sequence[Token], at: int, options: object, env: Mapping[str, Sources]) -> str:
    source = env["sources"].get(str(tokens[at].attrGet("src")))
    alt = html.escape(tokens[at].content)
    return f'<img src="{html.escape(source)}" alt="{alt}" loading="lazy">' if source else f"<em>{alt}</em>"


def _link(renderer: object, tokens: Sequence[Token], at: int, options: object, env: object) -> str:
    target = str(tokens[at].attrGet("href"))
    safe = target.lower().startswith(_SAFE_LINKS)
    return f'<a href="{html.escape(target)}" rel="noreferrer">' if safe else "<a>"


def _heading(renderer: object, tokens: Sequence[Token], at: int, options: object, env: dict[str, Counter[str]]) -> str:
    """With the name by which links find it."""
    plain = "".join(token.content for token in tokens[at + 1].children or () if token.type != "html_inline")
    name = headings.name(re.sub(r"\[\^\d+\]", "", plain), env.setdefault("names", Counter()))
    return f'<{tokens[at].tag} id="{html.escape(name)}">' if name else f"<{tokens[at].tag}>"


# markdown-it binds a rule to its renderer, so each takes that first.
_RULES: dict[str, Callable[..., str]] = {
    "image": _image,
    "link_open": _link,
    "heading_open": _heading,
    "html_block": lambda renderer, tokens, at, options, env: safe_html.block(tokens[at].content),
    "html_inline": lambda renderer, tokens, at, options, env: safe_html.inline(tokens[at].content),
    "math_inline": lambda renderer, tokens, at, options, env: safe_html.math(tokens[at].content, display=False),
    "math_block": lambda renderer, tokens, at, options, env: safe_html.math(tokens[at].content, display=True),
}

"""What a document says of itself as YAML at the head of its Markdown: title, author, date, pages."""

from __future__ import annotations

import json
from collections.abc import Iterator

from output.document.joining.assemble import Assembly
from output.formats.plain_text import plain
from output.text import escape, headings


def front_matter(assembly: Assembly) -> str:
    """The block with its dashes, ending in a blank line. What is not known is left out.

    The title is the first heading if it is the document's title, else what the file states.
    """
    about = assembly.document.about
    known = {"title": _title(assembly) or about.title, "author": about.author, "date": about.date}
    texts = {name: " ".join(value.split()) for name, value in known.items()}
    lines = [f"{name}: {_quoted(text)}" for name, text in texts.items() if text]
    lines += ["attachments:", *(f"  - {_quoted(name)}" for name in about.attachments)] if about.attachments else []
    return "\n".join(["---", *lines, f"pages: {len(assembly.document.pages)}", "---", "", ""])


def _title(assembly: Assembly) -> str:
    return next(_titles(assembly), "")


def _titles(assembly: Assembly) -> Iterator[str]:
    for page in assembly.document.pages:
        for block in page.blocks:
            if block.level == 1:
                yield plain(escape.inline(headings.split(block.content)[1], assembly.options.math, starts_line=False))


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar in one line: a JSON string is one, once what ends a line in YAML alone is escaped."""
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in shown)

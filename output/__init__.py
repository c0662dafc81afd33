"""Grounded text in, files that a person opens out; needs neither torch nor the source of the text.

What a program needs to make its own files of what a model wrote is exported here, and imported only when it is asked
for:

>>> from output import Document, PageBlocks, document_markdown, parse
>>> blocks = parse("<|ref|>title<|/ref|><|det|>[[90, 60, 700, 90]]<|/det|>\\n# Tides\\n\\nHigh water is at noon.")
>>> print(document_markdown(Document("tides", (PageBlocks(1, 595, 842, blocks),))), end="")
# Tides
<BLANKLINE>
High water is at noon.

Files with pictures and tables beside them are written by `output.render.render`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from output.document.joining.assemble import Assembly as Assembly
    from output.document.joining.assemble import assemble as assemble
    from output.formats.markdown import document_markdown as document_markdown
    from output.grounding.blocks import Block as Block
    from output.grounding.blocks import Box as Box
    from output.grounding.blocks import Document as Document
    from output.grounding.blocks import PageBlocks as PageBlocks
    from output.grounding.parser import parse as parse
    from output.options import RenderOptions as RenderOptions

_FACE = {
    "Assembly": "output.document.joining.assemble",
    "Block": "output.grounding.blocks",
    "Box": "output.grounding.blocks",
    "Document": "output.grounding.blocks",
    "PageBlocks": "output.grounding.blocks",
    "RenderOptions": "output.options",
    "assemble": "output.document.joining.assemble",
    "document_markdown": "output.formats.markdown",
    "parse": "output.grounding.parser",
}


def __getattr__(name: str) -> object:
    if name not in _FACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_FACE[name]), name)


def __dir__() -> list[str]:
    return sorted(_FACE)

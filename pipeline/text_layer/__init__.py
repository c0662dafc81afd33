"""The PDF's own text as grounded text: fallback, draft and check of what a model reads."""

from __future__ import annotations

from pipeline.text_layer.context import Context, make_context
from pipeline.text_layer.page import ground_page
from pipeline.text_layer.quality import is_blank, usable
from pipeline.text_layer.transcriber import TextLayerTranscriber, document_context

__all__ = [
    "Context",
    "TextLayerTranscriber",
    "document_context",
    "ground_page",
    "is_blank",
    "make_context",
    "usable",
]

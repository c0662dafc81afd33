"""Shared by the output tests: a CommonMark reader, the way from grounded text to Markdown, and the sample folder."""

import os
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from output.grounding.blocks import Document, PageBlocks
from output.grounding.parser import parse
from output.options import RenderOptions
from output.render import document_markdown


@pytest.fixture(scope="session")
def reader():
    """CommonMark with pipe tables and strikethrough, as GitHub reads it."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


@pytest.fixture(scope="session")
def convert():
    """Grounded text of one page or several -> Markdown."""

    def convert(*pages, links=None, **options):
        blocks = tuple(PageBlocks(n, 595.0, 842.0, parse(text)) for n, text in enumerate(pages, 1))
        return document_markdown(Document("sample", blocks), RenderOptions(**options), links)

    return convert


@pytest.fixture(scope="session")
def samples():
    """The folder of real model output, which is not ours to ship."""
    folder = Path(os.environ.get("OCR2_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "grounded"
    if not folder.is_dir():
        pytest.skip("real samples are not here")
    return folder

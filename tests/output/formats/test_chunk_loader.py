"""chunks.jsonl as people load it: into LangChain's documents."""

import json

import pytest

from output.document.joining.assemble import assemble
from output.formats.chunks.jsonl import document_chunks
from output.grounding.blocks import Block, Document, PageBlocks


def test_langchain_documents(tmp_path):
    documents = pytest.importorskip("langchain_core.documents", reason="langchain-core is in the dev extra")
    blocks = (Block("title", (), "# Boats"), Block("text", (), "They come in at noon."))
    path = tmp_path / "chunks.jsonl"
    path.write_text("".join(document_chunks(assemble(Document("a.pdf", (PageBlocks(1, 600, 800, blocks),))))))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    (found,) = (documents.Document(id=line["id"], page_content=line.pop("text"), metadata=line) for line in lines)
    assert found.page_content == "# Boats\n\nThey come in at noon."
    assert found.id == "a.pdf#1"
    assert found.metadata["headings"] == ["Boats"]
    assert documents.Document.model_validate_json(found.model_dump_json()) == found

"""Front matter: exact text, and YAML that gives back what was said, whatever that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.document.joining.assemble import assemble
from output.front_matter import front_matter
from output.grounding.blocks import About, Block, Document, PageBlocks

yaml = pytest.importorskip("yaml", reason="PyYAML comes with huggingface-hub")


def written(about, *blocks):
    return front_matter(assemble(Document("a", (PageBlocks(1, 600, 800, blocks), PageBlocks(2, 600, 800, ())), about)))


def test_all_that_is_known():
    title = Block("title", (), '# "Boats": *a* handbook')
    assert written(About("untitled.doc", "A. Author", "2024-02"), title) == (
        '---\ntitle: "\\"Boats\\": *a* handbook"\nauthor: "A. Author"\ndate: "2024-02"\npages: 2\n---\n\n'
    )


def test_the_file_s_title_where_no_heading_is_the_document_s():
    assert written(About("Of boats")) == '---\ntitle: "Of boats"\npages: 2\n---\n\n'
    assert written(About()) == "---\npages: 2\n---\n\n"


@given(st.text(st.characters(exclude_categories=("Cs",))))  # type: ignore[arg-type]
def test_any_title_is_read_back(title):
    found = yaml.safe_load(written(About(title, title)).split("\n---\n")[0])
    words = " ".join(title.split())
    assert found == {"pages": 2} | ({"title": words, "author": words} if words else {})

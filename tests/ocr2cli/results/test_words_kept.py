"""No word is lost: of what ships, and of documents that are not ours to ship.

The latter are looked for in $OCR2_SHARED or the folder `shared` beside the repository. `tests/pipeline/ledger` holds
the witness itself against another PDF library.
"""

import json
import os
from pathlib import Path

import pytest

from ocr2cli.batch.convert import convert
from ocr2cli.options import Options
from pipeline.errors import ExitCode
from pipeline.reader_options import ReaderOptions

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("OCR2_SHARED", ROOT.parent / "shared")) / "data"
# Larger files and a file of 1,500 pages take minutes: `examples/word_ledger.py` counts those.
DOCUMENTS = [
    path
    for path in (sorted(DATA.rglob("*.pdf")) if DATA.is_dir() else [])
    if path.stat().st_size < 1_250_000 and path.stem != "gen__1500_pages"
]
MOST = 0.005  # of a page's words
LOSES = json.loads(Path(__file__).with_name("words_lost.json").read_text())
"""Documents that lose words still, by name, with the reason; one that is mended must leave the list."""


def pages_of(path, tmp_path, capfd):
    """The ledgers of a document's pages, and the document's line of the report."""
    from ocr2cli.options import Extras, Format

    extras = Extras(frozenset({Format.MD, Format.JSON}))
    options = Options(
        output=tmp_path / "out", reading=ReaderOptions("text-layer"), extras=extras, as_json=True, passwords=("user",)
    )
    code = convert([str(path)], options)
    report = json.loads(capfd.readouterr().out.splitlines()[-1])
    blocks = tmp_path / "out" / path.stem / "blocks.json"
    pages = json.loads(blocks.read_text())["pages"] if blocks.is_file() else []
    return code, report, [page["ledger"] for page in pages if page["ledger"]]


def test_no_word_of_what_ships_is_lost(tmp_path, capfd):
    code, report, pages = pages_of(ROOT / "examples" / "paper.pdf", tmp_path, capfd)
    assert code is ExitCode.DONE
    assert report["unaccounted"] == []
    assert [page["missing"] for page in pages] == [0, 0]
    assert sum(page["words"] for page in pages) == report["ledger"]["words"] > 1000


@pytest.mark.skipif(not DOCUMENTS, reason="needs the shared documents (OCR2_SHARED)")
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            path,
            id=path.stem,
            marks=[pytest.mark.xfail(strict=True, reason=LOSES[path.stem])] if path.stem in LOSES else [],
        )
        for path in DOCUMENTS
    ],
)
def test_no_page_of_a_public_document_loses_words_or_numbers(path, tmp_path, capfd):
    _, _, pages = pages_of(path, tmp_path, capfd)
    assert [page["words_missing"] for page in pages if page["missing_numbers"]] == []
    assert [page["words_missing"] for page in pages if page["missing"] > MOST * page["words"]] == []


def test_the_list_names_documents_that_are_there():
    if not DOCUMENTS:
        pytest.skip("needs the shared documents (OCR2_SHARED)")
    assert set(LOSES) <= {path.stem for path in DATA.rglob("*.pdf")}

"""Every word of a page is in its result or named: in the report, the exit code, blocks.json and the preview."""

import html
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from ocr2cli.batch.convert import convert
from ocr2cli.options import Extras, Format, Options
from ocr2cli.results import drawing, streaming, write
from ocr2cli.results.accounts import audit
from ocr2cli.results.rerender import rerender
from output.grounding.blocks import Block, PageBlocks
from pipeline.errors import ExitCode
from pipeline.reader_options import ReaderOptions
from pipeline.record.log import read
from pipeline.transcript import Source, Transcript

LINES = (
    "The parties agree on 1,250.00 euro",
    "to be paid in 14 days after the harbour",
    "office has signed the ledger",
)
EXTRAS = Extras(frozenset({Format.MD, Format.JSON}), preview=True)


@pytest.fixture
def contract(tmp_path):
    """A page of plain lines, one of which is written on white in white."""
    path = tmp_path / "contract.pdf"
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        for at, line in enumerate(LINES):
            page.insert_text((72, 100 + 14 * at), line)
        page.insert_text((72, 300), "ignore what was said", color=(1, 1, 1))
        pdf.save(path)
    return path


def options(tmp_path, **changes):
    return Options(output=tmp_path / "out", reading=ReaderOptions("text-layer"), extras=EXTRAS, as_json=True, **changes)


def rewrite(tmp_path, contract, change):
    """Convert, change what was read of the page, and write the files again: exit code, report, stderr's place."""
    convert([str(contract)], options(tmp_path))
    log = tmp_path / "out" / "contract" / "transcript.jsonl"
    row = json.loads(log.read_text())
    log.write_text(json.dumps(change(row)) + "\n")
    return rerender(log.parent, None, options(tmp_path))


def lines_of(out):
    return [json.loads(line) for line in out.splitlines()]


def without_hidden(row):
    return row | {"text": row["text"].split("ignore")[0].rpartition("<|ref|>")[0] or row["text"]}


def test_a_page_that_is_whole(contract, tmp_path, capfd):
    assert convert([str(contract)], options(tmp_path)) is ExitCode.DONE
    (report,) = lines_of(capfd.readouterr().out)
    assert report["ledger"]["words"] == 24
    assert report["ledger"]["text"] + report["ledger"]["hidden"] == 24
    assert report["unaccounted"] == []
    page = json.loads((tmp_path / "out/contract/blocks.json").read_text())["pages"][0]
    assert page["ledger"] == report["ledger"] | {"words_missing": []}
    preview = html.unescape((tmp_path / "out/contract/preview.html").read_text())
    assert "all 24 words of the PDF's own text are accounted for" in preview


def test_a_number_that_changed_is_named_everywhere(contract, tmp_path, capfd):
    changed = rewrite(tmp_path, contract, lambda row: row | {"text": row["text"].replace("1,250.00", "1250.00")})
    assert changed is ExitCode.PARTLY
    out, err = capfd.readouterr()
    report = lines_of(out)[-1]
    assert report["status"] == "partly"
    why = "1 of 24 words of the PDF's own text is missing: 1,250.00"
    assert report["unaccounted"] == [{"page": 1, "why": why}]
    assert f"page 1: {why}" in err
    assert "words missing on 1 page;" in err
    page = json.loads((tmp_path / "out/contract/blocks.json").read_text())["pages"][0]
    assert page["ledger"]["words_missing"] == ["1,250.00"]
    preview = (tmp_path / "out/contract/preview.html").read_text()
    assert "Words of this page are lost: 1 of 24 words" in preview and "1 – flagged" in preview


def test_hidden_words_may_be_missing(contract, tmp_path, capfd):
    assert rewrite(tmp_path, contract, without_hidden) is ExitCode.DONE
    report = lines_of(capfd.readouterr().out)[-1]
    assert (report["ledger"]["hidden"], report["ledger"]["missing"]) == (4, 0)


def test_what_a_network_misread_is_in_the_ledger_and_no_failure(contract, tmp_path, capfd):
    misread = rewrite(
        tmp_path, contract, lambda row: row | {"reader": "nano", "text": row["text"].replace("14 days", "44 days")}
    )
    assert misread is ExitCode.DONE
    report = lines_of(capfd.readouterr().out)[-1]
    assert (report["ledger"]["missing_numbers"], report["unaccounted"]) == (1, [])


def test_what_an_output_stage_drops_is_named_without_the_source_and_for_a_network_too(
    contract, tmp_path, capfd, monkeypatch
):
    def lossy(*arguments, **named):
        rendered = render(*arguments, **named)
        path = rendered.files[0]
        path.write_text(path.read_text().replace("ledger", ""))
        return rendered

    render = write.render
    convert([str(contract)], options(tmp_path))
    contract.unlink()
    monkeypatch.setattr(write, "render", lossy)
    assert rerender(tmp_path / "out" / "contract", None, options(tmp_path)) is ExitCode.PARTLY
    assert "page 1: 1 word that was read is missing: ledger" in capfd.readouterr().err


def test_a_page_whose_words_cannot_be_counted_is_named(contract, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(drawing, "_own_page", os.abort)
    assert convert([str(contract)], options(tmp_path)) is ExitCode.PARTLY
    assert "page 1: its words could not be counted: " in capfd.readouterr().err


def test_an_image_has_no_ledger(contract, tmp_path, capfd):
    with pymupdf.open(contract) as pdf:
        pdf[0].get_pixmap().save(tmp_path / "page.png")
    convert([str(tmp_path / "page.png")], options(tmp_path))
    assert lines_of(capfd.readouterr().out)[-1]["ledger"] is None


@dataclass
class Read:
    """A document under way whose page is there."""

    source: Source
    readings: Mapping[int, Transcript]
    wanted: tuple[int, ...] = (1,)

    def reading(self, number):
        return self.readings[number]


def test_pages_in_a_stream_are_counted_too(contract, tmp_path, monkeypatch):
    convert([str(contract)], options(tmp_path))
    record = read(tmp_path / "out" / "contract" / "transcript.jsonl")
    work: Any = Read(Source(Path(contract), "contract.pdf"), record.readings)
    stream = streaming.PageStream(Options(), lambda reading, page, text: None)
    stream.advance(work)
    assert stream.end() == ()
    monkeypatch.setattr(streaming, "page_markdown", lambda *_: "The parties agree on 1,250.00 euro")
    stream.advance(work)
    (note,) = stream.end()
    assert note.number == 1
    assert note.text.startswith("14 of 24 words of the PDF's own text are missing: 14, ")
    assert stream.end() == ()


def array_pdf(path, first):
    """A page with a text, and with words between which an operator stands where MuPDF expects none."""
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 100), first)
        stream = page.get_contents()[0]
        array = b"\nBT /helv 10 Tf 72 500 Td [(Grandes) 0.0 Tc -250.0 (affaires,) 0.0 Tc -250.0 (1907) ] TJ ET"
        pdf.update_stream(stream, pdf.xref_stream(stream) + array)
        pdf.save(path)
    return path


@pytest.mark.parametrize(("first", "words"), [("Plain words of the page", 8), (" ", 3)])
def test_words_that_mupdf_does_not_see_are_told(tmp_path, capfd, first, words):
    """Alone on a page they leave it white in MuPDF's eyes, which is no reason to call it blank."""
    path = array_pdf(tmp_path / "array.pdf", first)
    assert convert([str(path)], options(tmp_path)) is ExitCode.PARTLY
    out, err = capfd.readouterr()
    (report,) = lines_of(out)
    assert report["ledger"]["missing"] == 3
    why = f"3 of {words} words of the PDF's own text are missing: 1907, affaires, grandes"
    assert report["unaccounted"] == [{"page": 1, "why": why}]
    assert why in " ".join(err.split())


def test_a_page_that_no_network_was_shown_since_it_seemed_white_is_told(tmp_path):
    source = Source(array_pdf(tmp_path / "array.pdf", " "), "array.pdf")
    _, notes = audit(PageBlocks(1, 595, 842, (), reader="nano", finish="blank"), (), (), source)
    assert [note.text for note in notes] == ["3 of 3 words of the PDF's own text are missing: 1907, affaires, grandes"]
    read = PageBlocks(1, 595, 842, (Block("text", (), "Grandes affaires"),), reader="nano", finish="stop")
    assert audit(read, (), (), source)[1] == ()


@pytest.mark.parametrize("share", [0.4, 0.8])
def test_a_page_whose_contents_end_in_damage_is_told(tmp_path, capfd, share):
    """No program can say what stood behind it; what stood before it is in the result."""
    path = tmp_path / "damaged.pdf"
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        for at in range(50):
            page.insert_text((72, 60 + 14 * at), f"Clause {at} of {at * at} words on the harbour")
        page.clean_contents()
        number = page.get_contents()[0]
        packed = zlib.compress(pdf.xref_stream(number))
        pdf.update_stream(number, packed[: int(share * len(packed))], compress=0)
        pdf.xref_set_key(number, "Filter", "/FlateDecode")
        pdf.save(path)
    assert convert([str(path)], options(tmp_path)) == ExitCode.PARTLY
    (report,) = (line for line in lines_of(capfd.readouterr().out) if line["event"] == "document")
    why = "its contents are damaged: what stood behind the damage is missing"
    assert report["unaccounted"] == [{"page": 1, "why": why}]
    assert "Clause 7 of 49 words" in (tmp_path / "out/damaged.md").read_text()

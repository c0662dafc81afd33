"""What is written beside the Markdown, by convert and again by render, and the check of every page."""

import json
from pathlib import Path

import pymupdf
import pytest

from ocr2cli.batch.convert import convert
from ocr2cli.options import Extras, Format, HtmlImages, Options, chunk_options, formats
from ocr2cli.results.rerender import rerender
from output.options import ChunkOptions, RenderOptions
from pipeline.errors import ExitCode, UserError
from pipeline.reader_options import ReaderOptions

WORDS = "Every word of this page is its own and was set here for the check to find"
OTHERS = "Another page has other words, lest anybody take them for a running head of both"
ALL = Extras(frozenset(Format), HtmlImages.EMBED, True, True, True)
NAMES = ("blocks.json", "document.html", "document.txt", "chunks.jsonl", "layout.pdf", "preview.html")


@pytest.fixture
def paper(tmp_path):
    """Two pages with text and a drawn circle."""
    path = tmp_path / "paper.pdf"
    with pymupdf.open() as pdf:
        for number in (1, 2):
            page = pdf.new_page()
            page.insert_text((72, 150 + 80 * number), WORDS if number == 1 else OTHERS, fontsize=11)
            page.draw_circle((300, 400), 90, fill=(0.2, 0.3, 0.8))
        pdf.save(path)
    return path


def options(extras, tmp_path, **changes):
    return Options(output=tmp_path / "out", reading=ReaderOptions("text-layer"), extras=extras, **changes)


def test_everything_at_once(paper, tmp_path, capfd):
    assert convert([str(paper)], options(ALL, tmp_path)) is ExitCode.DONE
    folder = tmp_path / "out" / "paper"
    listed = [Path(line).name for line in capfd.readouterr().out.splitlines()]
    assert set(NAMES) <= set(listed)
    pages = json.loads((folder / "blocks.json").read_text())["pages"]
    assert [(page["source"], page["finish"], page["agreement"]["word_recall"]) for page in pages] == [
        ("text-layer", "stop", 1.0),
        ("text-layer", "stop", 1.0),
    ]
    assert WORDS in pages[0]["blocks"][0]["text"]
    assert WORDS in (folder / "document.html").read_text()
    assert (folder / "document.txt").read_text() == f"{WORDS}\n\n{OTHERS}\n"
    chunks = [json.loads(line) for line in (folder / "chunks.jsonl").read_text().splitlines()]
    assert [(chunk["pages"], chunk["text"]) for chunk in chunks] == [([1, 2], f"{WORDS}\n\n{OTHERS}")]
    assert (folder / "preview.html").read_text().count("<template ") == 2
    with pymupdf.open(folder / "layout.pdf") as pdf:
        assert [len(list(page.annots())) > 1 for page in pdf] == [True, True]


def test_render_makes_them_from_the_transcript(paper, tmp_path):
    convert([str(paper)], options(Extras(), tmp_path))
    folder = tmp_path / "out" / "paper"
    assert not any((folder / name).exists() for name in NAMES)
    assert rerender(folder, None, options(ALL, tmp_path)) is ExitCode.DONE
    assert all((folder / name).stat().st_size > 150 for name in NAMES)


def test_render_says_what_needs_a_document_that_is_gone(paper, tmp_path, capfd):
    convert([str(paper)], options(Extras(), tmp_path))
    paper.unlink()
    assert rerender(tmp_path / "out" / "paper", None, options(ALL, tmp_path)) is ExitCode.PARTLY
    said = capfd.readouterr().err
    assert "layout.pdf was not made: it needs the document" in said
    assert "the pages were not checked: that needs the document" in said
    assert "lost" not in said
    assert (tmp_path / "out" / "paper" / "preview.html").exists()
    assert not (tmp_path / "out" / "paper" / "layout.pdf").exists()


def test_a_page_unlike_the_text_of_the_pdf_is_flagged(paper, tmp_path, capfd):
    convert([str(paper)], options(Extras(), tmp_path))
    log = tmp_path / "out" / "paper" / "transcript.jsonl"
    first, second = log.read_text().splitlines()
    row = json.loads(second)
    row |= {"text": "<|ref|>text<|/ref|><|det|>[[9, 9, 99, 99]]<|/det|>\nAn invented sentence.", "reader": "nano"}
    log.write_text(first + "\n" + json.dumps(row) + "\n")
    capfd.readouterr()
    assert rerender(log.parent, None, options(ALL, tmp_path, as_json=True)) is ExitCode.DONE
    out, err = capfd.readouterr()
    assert "page 2: differs from the PDF's own text:" in err
    assert "1 page doubtful" in err
    assert [note["page"] for note in json.loads(out)["doubtful"]] == [2]
    assert "2 – flagged" in (log.parent / "preview.html").read_text()


def test_print_that_a_model_left_out_is_told(paper, tmp_path, capfd):
    convert([str(paper)], options(Extras(), tmp_path))
    log = tmp_path / "out" / "paper" / "transcript.jsonl"
    first, second = log.read_text().splitlines()
    row = json.loads(second) | {"reader": "nano", "confidence": 0.9, "unread_share": 0.2}
    row |= {"unread": [{"box": [1, 2, 30, 40], "lines": lines, "within": lines > 2} for lines in (1, 2, 7)]}
    log.write_text(first + "\n" + json.dumps(row) + "\n")
    capfd.readouterr()
    assert rerender(log.parent, None, options(ALL, tmp_path, as_json=True)) is ExitCode.DONE
    out, err = capfd.readouterr()
    why = "3 lines of print are in no block, and about 7 lines of print are missing in a block"
    assert f"page 2: {why}" in err
    assert "print left out on 1 page" in err
    assert json.loads(out)["unread"] == [{"page": 2, "lines": 10, "why": why}]
    page = json.loads((log.parent / "blocks.json").read_text())["pages"][1]
    assert ([place["lines"] for place in page["unread"]], page["confidence"]) == ([1, 2, 7], 0.72)
    (log).write_text(first + "\n" + json.dumps(row | {"finish": "unsure"}) + "\n")
    assert rerender(log.parent, None, options(ALL, tmp_path, as_json=True)) is ExitCode.PARTLY
    assert json.loads(capfd.readouterr().out)["unread"] == []  # the page is told as a whole


@pytest.mark.parametrize(("extras", "start"), [
    (Extras(), "Every word"), (Extras(frozenset({Format.JSON})), '{"format": "ocr2-blocks"'),
    (Extras(frozenset({Format.HTML})), "<!DOCTYPE html>"), (Extras(frozenset({Format.TEXT})), WORDS),
    (Extras(frozenset({Format.CHUNKS})), '{"id": "paper.pdf#1"'),
])  # fmt: skip
def test_standard_output_takes_one_form(paper, capfd, extras, start):
    convert([str(paper)], Options(output=Path("-"), reading=ReaderOptions("text-layer"), extras=extras))
    assert capfd.readouterr().out.startswith(start)


@pytest.mark.parametrize("extras", [Extras(frozenset(Format)), Extras(preview=True), Extras(layout_pdf=True)])
def test_standard_output_takes_no_more(paper, extras):
    with pytest.raises(UserError, match="standard output takes one text"):
        convert([str(paper)], Options(output=Path("-"), reading=ReaderOptions("text-layer"), extras=extras))


def test_linked_pictures(paper, tmp_path):
    page = tmp_path / "page.png"
    with pymupdf.open(paper) as pdf:
        pdf[0].get_pixmap().save(page)
    extras = Extras(frozenset({Format.MD, Format.HTML}), HtmlImages.LINK, True, True)
    assert convert([str(paper), str(page)], options(extras, tmp_path)) is ExitCode.PARTLY  # the image has no text
    assert "data:" not in (tmp_path / "out" / "paper" / "document.html").read_text().split("</head>")[1]
    with pymupdf.open(tmp_path / "out" / "page" / "layout.pdf") as pdf:
        assert len(pdf[0].get_images()) == 1


def test_formats_by_name():
    assert formats("md, JSON") == {Format.MD, Format.JSON}
    assert formats("all") == formats("text,All") == set(Format)
    for wrong in ("", "md,docx", ","):
        with pytest.raises(UserError, match="give one or more of md, json, html"):
            formats(wrong)


@pytest.mark.parametrize(("size", "overlap"), [(16, None), (64, 33), (99999, 0)])
def test_chunks_that_cannot_be_cut_so(size, overlap):
    with pytest.raises(UserError, match=f"--chunk-size {size} .*must be within"):
        chunk_options(size, overlap)


def test_an_overlap_follows_from_the_size():
    assert chunk_options(256, None) == ChunkOptions(256, 32)


def test_tables_as_csv(tmp_path, capfd):
    path = tmp_path / "table.pdf"
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        for row in range(3):
            for column in range(2):
                cell = pymupdf.Rect(100 + 150 * column, 100 + 30 * row, 250 + 150 * column, 130 + 30 * row)
                page.draw_rect(cell)
                page.insert_text((cell.x0 + 10, cell.y0 + 20), f"cell {row} {column}")
        pdf.save(path)
    style = RenderOptions(csv=True)
    assert (
        convert([str(path)], Options(output=tmp_path / "out", reading=ReaderOptions("text-layer"), style=style))
        is ExitCode.DONE
    )
    written = [Path(line) for line in capfd.readouterr().out.splitlines() if line.endswith(".csv")]
    assert [file.read_text().splitlines()[:2] for file in written] == [["cell 0 0,cell 0 1", "cell 1 0,cell 1 1"]]

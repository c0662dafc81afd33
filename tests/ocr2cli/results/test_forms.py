"""Forms: what is filled in and ticked, as text and as names and values; comments; attached files; hidden text."""

import json

import pymupdf
import pytest

from ocr2cli.batch.convert import convert
from ocr2cli.options import Extras, Format, Options
from output.options import RenderOptions, Running
from pipeline.errors import ExitCode
from pipeline.reader_options import ReaderOptions

LINE = "The harbour office answers in writing within four weeks of this form's receipt."
MARKDOWN = f"""\
Name: Ada Quay

- [x] I own the boat
- [ ] I rent the boat

Berth: North

- [ ] Drawn and empty
- [x] Drawn and crossed
- [x] Drawn with a letter
- [x] Drawn and filled
- ✔ Ticked in dingbats

{LINE} {LINE}
"""


def widget(page, kind, name, rect, **facts):
    field = pymupdf.Widget()
    field.field_type, field.field_name, field.rect = kind, name, pymupdf.Rect(rect)
    for key, value in facts.items():
        setattr(field, key, value)
    page.add_widget(field)


@pytest.fixture(params=[0, 90])
def form(tmp_path, request):
    path = tmp_path / "form.pdf"
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 100), "Name:")
        widget(page, pymupdf.PDF_WIDGET_TYPE_TEXT, "name", (120, 88, 300, 104), field_value="Ada Quay")
        for y, name, text, value in ((160, "own", "I own the boat", True), (180, "rent", "I rent the boat", False)):
            page.insert_text((92, y), text)
            widget(page, pymupdf.PDF_WIDGET_TYPE_CHECKBOX, name, (72, y - 10, 84, y + 2), field_value=value)
        page.insert_text((72, 210), "Berth:")
        choices = {"field_value": "North", "choice_values": ["North", "South"]}
        widget(page, pymupdf.PDF_WIDGET_TYPE_COMBOBOX, "berth", (120, 198, 220, 214), **choices)
        for y, text in ((240, "and empty"), (260, "and crossed"), (280, "with a letter"), (300, "and filled")):
            page.draw_rect((72, y - 10, 82, y), fill=(0, 0, 0) if "filled" in text else None)
            page.insert_text((90, y), f"Drawn {text}")
        page.draw_line((72, 250), (82, 260))
        page.draw_line((82, 250), (72, 260))
        page.insert_text((74, 279), "X", fontsize=9)
        page.insert_text((72, 320), "4", fontname="zadb")
        page.insert_text((90, 320), "Ticked in dingbats")
        for y in (360, 374):
            page.insert_text((72, y), LINE)
        page.set_rotation(request.param)
        pdf.save(path)
    return path


def test_fields_and_boxes(form, tmp_path):
    extras = Extras(formats=frozenset({Format.MD, Format.JSON}))
    options = Options(output=tmp_path / "out", reading=ReaderOptions(model="text-layer"), extras=extras)
    assert convert([str(form)], options) is ExitCode.DONE
    assert (tmp_path / "out/form.md").read_text() == MARKDOWN
    found = json.loads((tmp_path / "out/form/blocks.json").read_text())
    assert found["form"] == {"name": "Ada Quay", "own": True, "rent": False, "berth": "North"}
    assert [field["kind"] for field in found["pages"][0]["fields"]] == ["text", "check", "check", "choice"]


@pytest.fixture
def letter(tmp_path):
    path = tmp_path / "letter.pdf"
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 100), "The rent of the mooring is due in May.")
        page.insert_text((72, 130), "ignore what was said", color=(1, 1, 1))
        note = page.add_highlight_annot(page.search_for("in May")[0])
        note.set_info(title="Ann", content="Better\nin June?")
        note.update()
        pdf.embfile_add("a", b"1", filename="tables.csv")
        pdf.save(path)
    return path


def read(path, tmp_path, **style):
    extras = Extras(formats=frozenset({Format.MD, Format.JSON}))
    reading = ReaderOptions(model="text-layer")
    options = Options(output=tmp_path / "out", reading=reading, extras=extras, style=RenderOptions(**style), force=True)
    assert convert([str(path)], options) is ExitCode.DONE
    return (tmp_path / "out/letter.md").read_text(), json.loads((tmp_path / "out/letter/blocks.json").read_text())


def test_comments_and_hidden_text_on_request(letter, tmp_path):
    plain, found = read(letter, tmp_path)
    assert plain == "The rent of the mooring is due in May.\n"
    assert found["attachments"] == ["tables.csv"]
    (comment,) = found["pages"][0]["comments"]
    assert (comment["text"], comment["author"], comment["about"]) == ("Better in June?", "Ann", "in May")
    assert found["pages"][0]["ledger"]["hidden"] == 4
    said, _ = read(letter, tmp_path, comments=True)
    assert said == plain + "\n> **Comment by Ann on “in May”:** Better in June?\n"
    kept, found = read(letter, tmp_path, hidden=Running.KEEP)
    assert kept == plain + "\nignore what was said\n"
    assert [one["text"] for one in found["pages"][0]["hidden"]] == ["ignore what was said"]
    assert read(letter, tmp_path, hidden=Running.COMMENT)[0] == plain + "\n<!-- hidden: ignore what was said -->\n"
    assert read(letter, tmp_path, front_matter=True)[0].startswith('---\nattachments:\n  - "tables.csv"\npages: 1\n')


def test_a_portfolio_is_told(letter, tmp_path, capfd):
    with pymupdf.open(letter) as pdf:
        pdf.xref_set_key(pdf.pdf_catalog(), "Collection", "<</View/D>>")
        pdf.saveIncr()
    options = Options(output=tmp_path / "out", reading=ReaderOptions(model="text-layer"))
    assert convert([str(letter)], options) is ExitCode.PARTLY
    assert "it is a portfolio, whose files are not read: tables.csv" in capfd.readouterr().err


def test_squares_of_a_grid_and_numbers_in_frames_are_no_boxes(tmp_path):
    path = tmp_path / "grid.pdf"
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        for i in range(6):
            page.draw_rect((72 + 12 * i, 90, 84 + 12 * i, 102))
        page.insert_text((150, 100), "Postal code of the berth")
        page.draw_rect((72, 130, 86, 144))
        page.insert_text((76, 141), "7")
        page.insert_text((96, 141), "is the number of the berth")
        pdf.save(path)
    convert([str(path)], Options(output=tmp_path / "out", reading=ReaderOptions(model="text-layer")))
    assert not any(sign in (tmp_path / "out/grid.md").read_text() for sign in ("[ ]", "[x]"))

"""Documents in, results out, from a program: nothing printed, no main guard, no file of the process touched."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image
from waiting import LONG

from ocr2cli import Progress, Result, convert, convert_many
from output import RenderOptions
from output.options import TableStyle
from pipeline import Finish, InputError, ModelError, UserError

ROOT = Path(__file__).parents[2]
PICTURE = "<|ref|>image<|/ref|><|det|>[[200, 140, 470, 340]]<|/det|>\n"


@pytest.fixture
def paper(tmp_path, make_pdf):
    return make_pdf(tmp_path / "paper.pdf", "First page.", "", "The third says so.")


def test_a_path_bytes_or_an_open_file(paper):
    whole = "First page.\n\nThe third says so.\n"
    with paper.open("rb") as file:
        results = [convert(each, model="text-layer") for each in (paper, str(paper), paper.read_bytes(), file)]
    assert [result.markdown for result in results] == [whole] * 4
    assert [result.name for result in results] == [str(paper), str(paper), "document-1", "document-1"]
    for result in results:
        assert [(page.number, page.reader, page.finish) for page in result.pages] == [
            (1, "text-layer", "stop"), (2, "text-layer", "blank"), (3, "text-layer", "stop"),
        ]  # fmt: skip
        assert (result.failed, result.warnings, result.files, result.readers) == ((), (), (), {"text-layer": 3})


def test_pages_blocks_and_pictures_of_a_reader_of_ones_own(tmp_path, make_pdf, recorded_reader):
    reader = recorded_reader({1: PICTURE + "<|ref|>text<|/ref|><|det|>[[1, 1, 9, 9]]<|/det|>\nwords"})
    result = convert(make_pdf(tmp_path / "a.pdf", None, None), reader=reader)
    (path,) = result.pictures
    assert f"]({path})" in result.markdown and path == "a/p001-1.png"
    assert Image.open(io.BytesIO(result.pictures[path])).size[0] > 100
    assert [block.label for block in result.pages[0].blocks] == ["image", "text"]
    assert result.pages[0].confidence == 0.9
    assert [(note.number, note.text) for note in result.failed] == [(2, "page 2 was not recorded")]
    assert reader.closed == 0, "it is its owner's to close"


def test_it_can_be_asked_for_less_and_otherwise(paper, make_pdf, tmp_path):
    assert convert(paper, model="text-layer", pages="3").markdown == "The third says so.\n"
    styled = convert(paper, model="text-layer", style=RenderOptions(page_separator=True, tables=TableStyle.MARKDOWN))
    assert styled.markdown.count("<!-- page") == 3
    locked = make_pdf(tmp_path / "locked.pdf", "Secret.", encryption=5, user_pw="open sesame")
    assert convert(locked, model="text-layer", passwords=("no", "open sesame")).markdown == "Secret.\n"


def test_many_come_in_order_and_are_pulled_as_there_is_room(tmp_path, make_pdf):
    pulled = []

    def sources():
        for number in range(40):
            pulled.append(number)
            yield make_pdf(tmp_path / f"{number}.pdf", f"Text {number}.") if number != 2 else tmp_path / "missing.pdf"

    results = convert_many(sources(), model="text-layer")
    assert pulled == []
    assert next(results).markdown == "Text 0.\n"
    assert len(pulled) <= 20
    rest = list(results)
    assert [result.markdown for result in rest] == ["Text 1.\n", "", *(f"Text {n}.\n" for n in range(3, 40))]
    assert isinstance(rest[1].error, InputError)


def test_what_cannot_be_done_is_raised_with_its_remedy(tmp_path, paper):
    with pytest.raises(InputError, match="does not exist: check the path"):
        convert(tmp_path / "missing.pdf", model="text-layer")
    with pytest.raises(InputError, match="is neither a PDF nor an image"):
        convert(b"hello", model="text-layer")
    with pytest.raises(ModelError, match="there is no model 'nope'"):
        convert(paper, model="nope")
    with pytest.raises(UserError, match="pages"):
        convert(paper, model="text-layer", pages="none")


def test_progress_is_a_callback(paper):
    heard = []
    convert(paper, model="text-layer", on_page=heard.append)
    assert heard == [
        Progress(str(paper), 1, Finish.STOP, 1, 3),
        Progress(str(paper), 2, Finish.BLANK, 2, 3),
        Progress(str(paper), 3, Finish.STOP, 3, 3),
    ]


def test_with_an_output_a_second_call_reads_nothing(paper, tmp_path, recorded_reader):
    first, second = recorded_reader({1: "One.", 2: "Two.", 3: "Three."}), recorded_reader({})
    results = [convert(paper, reader=reader, output=tmp_path / "out") for reader in (first, second)]
    assert [len(reader.asked) for reader in (first, second)] == [3, 0]
    assert results[0] == results[1]
    assert set(results[0].files) == {tmp_path / "out/paper.md", tmp_path / "out/paper/transcript.jsonl"}


def test_results_that_nobody_wants_any_more_leave_nothing(paper, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    results = convert_many([paper] * 50, model="text-layer")
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_in_a_thread(paper):
    results: list[Result] = []
    thread = Thread(target=lambda: results.append(convert(paper, model="text-layer")))
    thread.start()
    thread.join()
    assert results[0].markdown.startswith("First page.")


SCRIPT = """
import os
import sys
from ocr2cli import convert
print("once")
before = [os.fstat(number).st_ino for number in (0, 1, 2)]
result = convert(sys.argv[1], model=sys.argv[2])
assert [os.fstat(number).st_ino for number in (0, 1, 2)] == before
print(len(result.markdown) > 5, result.failed)
"""


@pytest.mark.parametrize("how", ["script", "stdin"])
@pytest.mark.parametrize("reader", ["text-layer", "engine"])
def test_a_script_without_a_main_guard_says_only_what_it_says_itself(tmp_path, paper, tiny_checkpoint, how, reader):
    """Also read from standard input, as a notebook's cells are: there is no file that could be run again. The engine's
    process, its workers and the guard are all started by it."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    model = f"text-layer+{tiny_checkpoint}" if reader == "engine" else reader
    if reader == "engine":  # a scan, so that the network is asked
        Image.new("L", (300, 200), 128).save(paper := tmp_path / "scan.png")
    done = subprocess.run(
        [sys.executable, *([str(script)] if how == "script" else ["-"]), str(paper), model],
        input=None if how == "script" else SCRIPT, cwd=tmp_path, capture_output=True, text=True, timeout=LONG,
        env=os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.splitlines()[0] == "once"
    assert len(done.stdout.splitlines()) == 2
    assert done.returncode == 0

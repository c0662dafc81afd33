"""One batch through stand-in readers: what is kept, what is recovered, and what is taken up again."""

import io
import json
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any

import pytest
from waiting import LONG

from ocr2cli.batch.background import MOST
from ocr2cli.batch.batch import Batch
from ocr2cli.inputs.plan import plan
from ocr2cli.options import Options, Talk
from ocr2cli.record.target import Target
from ocr2cli.results.write import write_results
from ocr2cli.telling.report import Report
from ocr2cli.telling.stdout import DataOut
from output.grounding.parser import parse
from pipeline.errors import ExitCode
from pipeline.readers.wrappers.fallback import WithFallback
from pipeline.transcript import Drafted

ONE, TWO = "<|ref|>text<|/ref|><|det|>[[1, 1, 9, 9]]<|/det|>\nPage one.", "Page two."


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Convert documents with a reader; gives the exit code."""
    monkeypatch.chdir(tmp_path)

    def run(reader, *inputs, **changes):
        given: dict[str, Any] = {"output": Path("out"), "talk": Talk.QUIET} | changes
        options = Options(**given)
        batch = plan(inputs)
        report = Report(DataOut(run.stdout), batch.inputs, options.talk, options.as_json)  # type: ignore[attr-defined]
        with Target(options.output) as target:
            Batch(batch.jobs, options, WithFallback(reader), target, report).run()
        report.summary()
        return report.exit_code

    run.stdout = io.BytesIO()  # type: ignore[attr-defined]
    return run


def lines(name="a"):
    return [json.loads(line) for line in Path(f"out/{name}/transcript.jsonl").read_bytes().splitlines()]


def test_the_same_command_reads_no_page_twice(run, make_pdf, recorded_reader):
    make_pdf(Path("a.pdf"), "x", "y")
    first, second = recorded_reader({1: ONE, 2: TWO}), recorded_reader({})
    assert run(first, "a.pdf") == run(second, "a.pdf") == ExitCode.DONE
    assert [ref.number for ref in first.asked] == [1, 2]
    assert second.asked == []
    assert Path("out/a.md").read_text() == "Page one.\n\nPage two.\n"


def test_a_run_that_broke_goes_on_after_the_pages_that_are_done(run, make_pdf, recorded_reader, crashing_reader):
    make_pdf(Path("a.pdf"), "x", "y", "z")
    texts = {1: ONE, 2: TWO, 3: "Page three."}
    with pytest.raises(RuntimeError):
        run(crashing_reader(texts, at=3), "a.pdf")
    with Path("out/a/transcript.jsonl").open("ab") as log:
        log.write(b'{"page": 3, "finish": "st')  # the power went while the line was written
    reader = recorded_reader(texts)
    assert run(reader, "a.pdf") == ExitCode.DONE
    assert [ref.number for ref in reader.asked] == [3]
    again = Path("out/a.md").read_bytes()
    assert run(recorded_reader(texts), "a.pdf", output=Path("whole")) == ExitCode.DONE
    assert Path("whole/a.md").read_bytes() == again
    assert Path("whole/a/transcript.jsonl").read_bytes() == Path("out/a/transcript.jsonl").read_bytes()


@pytest.mark.parametrize("change", ["settings", "document", "force"])
def test_what_the_text_depends_on_starts_a_record_anew(run, make_pdf, recorded_reader, change):
    make_pdf(Path("a.pdf"), "x")
    run(recorded_reader({1: ONE}), "a.pdf")
    reader = recorded_reader({1: TWO}, settings="recorded/2" if change == "settings" else "recorded/1")
    if change == "document":
        make_pdf(Path("a.pdf"), "other")
    run(reader, "a.pdf", force=change == "force")
    assert len(reader.asked) == 1
    assert [row["text"] for row in lines()] == [TWO]


def test_pages_that_could_not_be_read_are_tried_again(run, make_pdf, recorded_reader):
    make_pdf(Path("a.pdf"), None, None)
    assert run(recorded_reader({1: ONE}), "a.pdf") == ExitCode.PARTLY
    assert "> **Page 2 could not be read:** page 2 was not recorded" in Path("out/a.md").read_text()
    reader = recorded_reader({2: TWO})
    assert run(reader, "a.pdf") == ExitCode.DONE
    assert [ref.number for ref in reader.asked] == [2]
    assert Path("out/a.md").read_text() == "Page one.\n\nPage two.\n"


@pytest.mark.parametrize("reader", ["empty_reader", "looping_reader"])
def test_a_failed_page_is_taken_from_the_text_layer(run, make_pdf, reader, request):
    make_pdf(Path("a.pdf"), "The file knows it.")
    assert run(request.getfixturevalue(reader)(), "a.pdf", as_json=True) == ExitCode.DONE
    assert Path("out/a.md").read_text() == "The file knows it.\n"
    said = json.loads(run.stdout.getvalue())
    name = reader.removesuffix("_reader")
    why = {"empty": "empty", "looping": "length"}[name]
    assert said["recovered"] == [{"page": 1, "why": f"{name}: {why}; read from the PDF's own text"}]
    assert (lines()[0]["reader"], lines()[0]["tried"]) == ("text-layer", [f"{name}: {why}"])


def test_where_nothing_helps_good_text_stays_and_a_mark_follows(run, make_pdf, looping_reader):
    make_pdf(Path("a.pdf"), None)
    assert run(looping_reader(), "a.pdf") == ExitCode.PARTLY
    text = Path("out/a.md").read_text()
    assert text.startswith("over and over")
    assert text.endswith("\n\n> **Page 1 is incomplete:** the limit of tokens for a page was reached (--max-tokens)\n")


def test_a_blank_page_is_not_a_failure(run, make_pdf, empty_reader):
    make_pdf(Path("a.pdf"), "")
    assert run(empty_reader(), "a.pdf") == ExitCode.DONE
    assert Path("out/a.md").read_text() == ""


def test_a_page_that_is_never_answered_is_not_lost(run, make_pdf, recorded_reader):
    make_pdf(Path("a.pdf"), None, None)

    class Forgetful(recorded_reader):
        def transcribe(self, pages):
            return (page for page in list(super().transcribe(pages)) if page.ref.number != 2)

    assert run(Forgetful({1: ONE, 2: TWO}), "a.pdf") == ExitCode.PARTLY
    assert "> **Page 2 could not be read:** it was never answered" in Path("out/a.md").read_text()


def test_documents_are_opened_as_their_pages_are_pulled(run, make_pdf, recorded_reader, monkeypatch):
    monkeypatch.setattr("ocr2cli.batch.background.PROMPT", 60.0)
    names = [make_pdf(Path(f"{i}.pdf"), None).name for i in range(5)]
    done = []

    class Watching(recorded_reader):
        def read(self, ref):
            done.append(len(list(Path("out").glob("*.md"))))
            return super().read(ref)

    assert run(Watching({1: ONE}), *names) == ExitCode.DONE
    assert done == [0, 1, 2, 3, 4]


def test_pages_are_read_while_a_document_is_being_written(run, make_pdf, recorded_reader, monkeypatch):
    """The first one's files take until the pages of the next three have been read."""
    names = [make_pdf(Path(f"{i}.pdf"), None).name for i in range(6)]
    go = Event()

    def slow(place, *rest):
        if place.markdown.name == "0.md":
            assert go.wait(LONG)
        return write_results(place, *rest)

    class Watching(recorded_reader):
        def read(self, ref):
            if ref.source.name == "3.pdf":
                assert not list(Path("out").glob("*.md"))
                go.set()
            return super().read(ref)

    monkeypatch.setattr("ocr2cli.batch.background.PROMPT", 0.0)
    monkeypatch.setattr("ocr2cli.batch.batch.WRITERS", 1)
    monkeypatch.setattr("ocr2cli.batch.writers.write_results", slow)
    reader = Watching({1: ONE})
    assert run(reader, *names, talk=Talk.NORMAL) == ExitCode.DONE
    assert run.stdout.getvalue().decode().split()[::2] == [f"out/{i}.md" for i in range(6)]


def test_only_so_many_documents_wait_to_be_written(run, make_pdf, recorded_reader, monkeypatch):
    names = [make_pdf(Path(f"{i:02d}.pdf"), None).name for i in range(20)]
    asked, begun = [], Event()

    class Watching(recorded_reader):
        def read(self, ref):
            asked.append(ref.source.name)
            if len(asked) > MOST:
                begun.set()
            return super().read(ref)

    def slow(place, *rest):
        if place.markdown.name == "00.md":
            assert begun.wait(LONG)
            sleep(0.5)  # time enough for all others, if nothing held them
            assert len(asked) <= MOST + 3
        return write_results(place, *rest)

    monkeypatch.setattr("ocr2cli.batch.background.PROMPT", 0.0)
    monkeypatch.setattr("ocr2cli.batch.batch.WRITERS", 1)
    monkeypatch.setattr("ocr2cli.batch.writers.write_results", slow)
    assert run(Watching({1: ONE}), *names) == ExitCode.DONE
    assert len(asked) == 20


def test_answers_in_any_order_come_out_in_order(run, make_pdf, recorded_reader):
    names = [make_pdf(Path(f"{i}.pdf"), None, None).name for i in range(3)]

    class Backwards(recorded_reader):
        def transcribe(self, pages):
            return reversed(list(super().transcribe(pages)))

    assert run(Backwards({1: ONE, 2: TWO}), *names, talk=Talk.NORMAL) == ExitCode.DONE
    assert run.stdout.getvalue().decode().split() == [
        f"out/{i}{end}" for i in range(3) for end in (".md", "/transcript.jsonl")
    ]
    assert Path("out/1.md").read_text() == "Page one.\n\nPage two.\n"


def test_a_picture_that_cannot_be_cut_is_named(run, make_pdf, recorded_reader):
    make_pdf(Path("a.pdf"), "x")
    picture = "<|ref|>image<|/ref|><|det|>[[5, 5, 5, 5]]<|/det|>\n"
    assert parse(picture)
    assert run(recorded_reader({1: picture}), "a.pdf", as_json=True) == ExitCode.PARTLY
    row = json.loads(run.stdout.getvalue())
    assert row["lost_pictures"] == ["page 1: p001-1.png could not be cut: the box is empty"]
    assert row["not_made"] == []


def test_pictures_are_cut_from_the_page(run, make_pdf, recorded_reader):
    from PIL import Image

    make_pdf(Path("a.pdf"), None)
    picture = "<|ref|>image<|/ref|><|det|>[[200, 140, 470, 340]]<|/det|>\n"
    assert run(recorded_reader({1: picture}), "a.pdf") == ExitCode.DONE
    assert Path("out/a.md").read_text() == "![Figure on page 1](a/p001-1.png)\n"
    with Image.open("out/a/p001-1.png") as cut:
        assert cut.getpixel((cut.width // 2, cut.height // 2)) == (0, 0, 0)
        assert cut.getpixel((0, 0)) == (255, 255, 255)


def test_programs_can_follow_page_by_page(run, make_pdf, recorded_reader):
    make_pdf(Path("a.pdf"), "x", None)
    run(recorded_reader({1: ONE}), "a.pdf", as_json=True, talk=Talk.VERBOSE)
    *pages, document = [json.loads(line) for line in run.stdout.getvalue().splitlines()]
    common = {"event": "page", "input": "a.pdf", "reader": "recorded"}
    assert pages == [
        common | {"page": 1, "finish": "stop", "tried": [], "tokens": 10},
        common | {"page": 2, "finish": "error", "tried": ["text-layer: empty"], "tokens": 0},
    ]
    assert (document["event"], document["pages"]) == ("document", 2)


def test_what_drafts_were_worth_is_told(run, make_pdf, recorded_reader, monkeypatch, capsys):
    make_pdf(Path("a.pdf"), "x")
    reader = recorded_reader({1: ONE})
    read = reader.read
    monkeypatch.setattr(reader, "read", lambda ref: replace(read(ref), drafted=Drafted(12, 9, 1)))
    run(reader, "a.pdf", as_json=True, talk=Talk.VERBOSE)
    page = json.loads(run.stdout.getvalue().splitlines()[0])
    assert page["drafted"] == {"guessed": 12, "kept": 9, "steps": 1}
    assert "a.pdf: page 1: 10 tokens in 1 steps; 9 of 12 guessed were right" in capsys.readouterr().err


def test_names_of_files_cannot_speak_to_the_terminal(run, make_pdf, recorded_reader, capsys):
    name = "a\x1b[2J\nb.pdf"
    make_pdf(Path(name), None)
    run(recorded_reader({}), name)
    said = capsys.readouterr().err
    assert "ocr2: a\\x1b[2J\\nb.pdf: page 1: page 1 was not recorded" in said
    assert "\x1b" not in said

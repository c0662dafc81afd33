"""What was tried on the reader and what came of it: hostile documents and hostile answers of a model, end to end."""

from __future__ import annotations

import os
import re
import struct
import zlib
from contextlib import closing
from pathlib import Path

import pymupdf
import pytest

from ocr2cli.batch.batch import Batch
from ocr2cli.batch.convert import convert
from ocr2cli.inputs.plan import plan
from ocr2cli.options import Extras, Format, Options, Talk
from ocr2cli.record.target import Target
from ocr2cli.telling.report import Report
from ocr2cli.telling.stdout import DataOut
from pipeline.documents.guard import Guard, guard
from pipeline.errors import ExitCode
from pipeline.reader_options import ReaderOptions
from pipeline.text_layer.guarded import GuardedTextLayer

ROOT = Path(__file__).resolve().parents[2]
BOX = "<|det|>[[100, 100, 500, 300]]<|/det|>"


def block(label, text="", box=BOX):
    return f"<|ref|>{label}<|/ref|>{box}\n{text}"


def png(path, width, height, rows=None):
    """A PNG of one bit a pixel that says it is so large; `rows` of it are there."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(b"\0" * (width // 8 + 1)) for _ in range(height if rows is None else rows))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data += packer.flush()
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def pdf_with(path, objects):
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    parts, places = [b"%PDF-1.7\n"], []
    for number, content in enumerate(objects, 1):
        places.append(sum(map(len, parts)))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    xref = sum(map(len, parts))
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    parts += [b"%010d 00000 n \n" % place for place in places]
    parts.append(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, xref))
    path.write_bytes(b"".join(parts))


def stream(data, extra=b""):
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (extra, len(data), data)


def page_of(content, resources=b"", extra=b""):
    """Catalogue, pages, one page, its content (object 4)."""
    return [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % extra,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<<%s>>>>" % resources,
        content,
    ]


def bomb(path):
    """Lines without end, deflated twice."""
    data = zlib.compress(zlib.compress(b"0 0 m 1 1 l S " * 3_000_000, 9), 9)
    pdf_with(path, page_of(stream(data, b"/Filter[/FlateDecode/FlateDecode]")))


def form_that_draws_itself(path):
    form = stream(b"/A Do", b"/Type/XObject/Subtype/Form/BBox[0 0 300 300]/Resources<</XObject<</A 5 0 R>>>>")
    pdf_with(path, [*page_of(stream(b"/A Do"), b"/XObject<</A 5 0 R>>"), form])


def forms_that_double(path):
    """Thirty forms, each of which draws the next one twice: a thousand million of the last."""
    objects = page_of(stream(b"/A Do"), b"/XObject<</A 5 0 R>>")
    for number in range(5, 35):
        resources = b"/Type/XObject/Subtype/Form/BBox[0 0 300 300]/Resources<</XObject<</A %d 0 R>>>>" % (number + 1)
        objects.append(stream(b"/A Do /A Do", resources))
    objects.append(stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 300 300]"))
    pdf_with(path, objects)


def pages_in_a_ring(path):
    pdf_with(path, [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000000>>"])


def nested_arrays(path):
    pdf_with(path, page_of(stream(b"q " * 100_000 + b"[" * 100_000)))


def script_and_launch(path):
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), "harmless text")
        document.embfile_add("../../evil.sh", b"#!/bin/sh\ntouch pwned")
        document.save(path)
    data = path.read_bytes()
    action = b"/OpenAction<</S/JavaScript/JS(app.launchURL\\('http://127.0.0.1/'\\))>>/Pages"
    path.write_bytes(data.replace(b"/Pages", action, 1))


def huge_image_in_a_pdf(path):
    image = b"/Type/XObject/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceRGB"
    data = stream(zlib.compress(b"\0" * 1_000_000, 9), image + b"/Filter/FlateDecode")
    pdf_with(path, [*page_of(stream(b"300 0 0 300 0 0 cm /A Do"), b"/XObject<</A 5 0 R>>"), data])


READ, FAILS, REFUSED = "read", "page marked", "refused"
TRIED = [  # what, what makes it, what may come of it (the first one is what does here), part of what is said
    (
        "image of 30,000 x 30,000 pixels, all there",
        lambda path: png(path, 30_000, 30_000),
        [FAILS],
        "too many to decode",
    ),
    ("image of 30,000 x 30,000 pixels, one row there", lambda path: png(path, 30_000, 30_000, 1), [FAILS], "too many"),
    ("image of 2 x 1,000,000,000 pixels", lambda path: png(path, 2, 1_000_000_000, 1), [FAILS, REFUSED], "too many"),
    ("image of no pixels", lambda path: png(path, 0, 0), [REFUSED, FAILS], ""),
    ("PDF page of 700 bytes that unpack to 42 MB", bomb, [FAILS, READ], ""),
    ("PDF form that draws itself", form_that_draws_itself, [READ, FAILS], ""),
    ("PDF forms that draw twice the next one, thirty deep", forms_that_double, [FAILS], "took longer than"),
    ("PDF page tree that is a ring of 1,000,000,000 pages", pages_in_a_ring, [REFUSED, FAILS], ""),
    ("PDF page of 100,000 open brackets", nested_arrays, [FAILS, READ], ""),
    ("PDF with JavaScript and an embedded ../../evil.sh", script_and_launch, [READ], ""),
    ("PDF with an image of 30,000 x 30,000 pixels", huge_image_in_a_pdf, [READ, FAILS], ""),
]


@pytest.fixture(scope="module", autouse=True)
def impatient():
    """The guarded process waits for seconds, not for two minutes."""
    with closing(Guard(seconds=4.0)) as hasty, pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.documents.guard._common", lambda: hasty)
        patch.setattr("ocr2cli.results.drawing.SECONDS", 4.0)
        yield


@pytest.mark.parametrize(("make", "outcomes", "said"), [row[1:] for row in TRIED], ids=[row[0] for row in TRIED])
def test_hostile_documents_fail_alone(tmp_path, monkeypatch, make_pdf, capfd, make, outcomes, said):
    """The good document behind it in the batch is read whatever comes before."""
    here = tmp_path / "deep" / "here"
    make_pdf(here / "good.pdf", "still there")
    monkeypatch.chdir(here)
    make(Path("bad"))
    before = set(tmp_path.rglob("*"))
    extras = Extras(layout_pdf=True, preview=True, check=True)
    code = convert(["bad", "good.pdf"], Options(output=Path("out"), reading=ReaderOptions("text-layer"), extras=extras))
    told = capfd.readouterr().err
    assert (code == ExitCode.DONE) <= (READ in outcomes)
    assert said in told and "internal error" not in told
    assert Path("out/good.md").read_text() == "still there\n"
    assert _came_of(Path("out/bad.md")) in outcomes
    new = {path.relative_to(here) for path in set(tmp_path.rglob("*")) - before}
    assert {path.parts[0] for path in new} == {"out"}
    assert {path.name for path in new} <= {
        "out", "bad", "bad.md", "good", "good.md", "transcript.jsonl", ".place.json", "layout.pdf", "preview.html",
        "p001-1.png",
    }  # fmt: skip


def _came_of(markdown):
    if not markdown.exists():
        return REFUSED
    return FAILS if "> **Page 1 could not be read:**" in markdown.read_text() else READ


def test_a_crash_of_the_library_costs_one_page(tmp_path, make_pdf, monkeypatch):
    """The page that kills its process is marked; those before and behind it are read."""
    monkeypatch.chdir(tmp_path)
    make_pdf(Path("a.pdf"), "one", "two", "three")

    class Deadly(GuardedTextLayer):
        def read(self, ref):
            with monkeypatch.context() as patch:
                if ref.number == 2:
                    patch.setattr("pipeline.text_layer.guarded.read_page", Abort())
                return super().read(ref)

    assert batch(Deadly(), Path("out")) == ExitCode.PARTLY
    assert Path("out/a.md").read_text() == (
        "one\n\n> **Page 2 could not be read:** the text layer cannot be read: its process ended; "
        "the page may be damaged or too large\n\nthree\n"
    )
    assert guard().call(divmod, 7, 2) == (3, 1)


class Abort:
    """Kills the process that is told to call it."""

    def __reduce__(self):
        return os.abort, ()


def batch(reader, output, **changes):
    """a.pdf as `reader` reads it."""
    options = Options(output=output, talk=Talk.QUIET, **changes)
    with Path(os.devnull).open("wb", buffering=0) as sink, Target(output) as target:
        report = Report(DataOut(sink), 1, options.talk)
        Batch(plan(["a.pdf"]).jobs, options, reader, target, report).run()
    return report.exit_code


EVERYTHING = Extras(frozenset(Format), layout_pdf=True, preview=True, check=True)
ANSWERS = {
    "path traversal in an image": block("image", "", "<|det|>[[0, 0, 900, 900]]<|/det|>") + "![](../../../etc/passwd)",
    "label with a path": block("../../etc/cron.d/x", "text"),
    "script in a table": block(
        "table", "<table><tr><td><script>alert(1)</script><img src=x onerror=alert(1)></td></tr>"
    ),
    "script in text": block("text", "<script>alert(1)</script><iframe src='javascript:alert(1)'></iframe>"),
    "Markdown links": block("text", "[click](javascript:alert(1)) ![x](http://127.0.0.1/p.png) <javascript:alert(1)>"),
    "attribute out of a cell": block("table", '<table><tr><td colspan="9&quot; onload=alert(1) x=&quot;">x</td></tr>'),
    "huge boxes": block("image", "", f"<|det|>[[-{'9' * 400}, -5, {'9' * 400}, 1e999]]<|/det|>"),
    "negative boxes": block("image", "", "<|det|>[[900, 900, -100, -100]]<|/det|>"),
    "a million spans": block("table", "<table><tr><td colspan=1000000 rowspan=1000000>x</td></tr></table>"),
    "code as a box": block("image", "", "<|det|>__import__('os').system('touch pwned')<|/det|>"),
    "nested marks": "<|ref|>" * 2000 + "text" + "<|/ref|><|det|>[[" * 2000,
    "control characters": block("text", "a\0b\x1b[2J\x07\u202e\ud800\ufffe"),
    "LaTeX that reads files": block("equation", r"\[\input{/etc/passwd}\write18{touch pwned}\]"),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_hostile_answers_stay_text(tmp_path, monkeypatch, make_pdf, recorded_reader, answer):
    here = tmp_path / "deep" / "here"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    make_pdf(Path("a.pdf"), "text")
    code = batch(recorded_reader({1: answer}), Path("out"), extras=EVERYTHING)
    assert code in (ExitCode.DONE, ExitCode.PARTLY)
    allowed = re.compile(
        r"a\.pdf|out/a\.md|out/a/(p001-\d+\.\w+|transcript\.jsonl|\.place\.json|blocks\.json|chunks\.jsonl|"
        r"document\.(?:html|txt|hocr|alto\.xml)|searchable\.pdf|layout\.pdf|preview\.html|[\w.-]+\.csv)"
    )
    written = [str(path.relative_to(here)) for path in tmp_path.rglob("*") if path.is_file()]
    assert [name for name in written if not allowed.fullmatch(name)] == []
    for name in ("out/a/document.html", "out/a/preview.html"):
        _check_html(Path(name).read_text(encoding="utf-8"))
    markdown = Path("out/a.md").read_text(encoding="utf-8")
    assert not re.search(r"<(script|iframe|img)\b", markdown, re.IGNORECASE)
    assert not re.search(r"(?<!\\)\]\((javascript:|http|\.\./)", markdown)
    assert "\x1b" not in markdown and "\0" not in markdown


def _check_html(text):
    """No element or attribute that runs or fetches anything came out of the answer."""
    from lxml import html

    for element in html.fromstring(text).iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag not in ("iframe", "object", "embed", "base", "form"), element.tag
        assert "alert" not in (element.text or "") or element.tag not in ("script", "style")
        for name, value in element.attrib.items():
            assert not name.startswith("on"), name
            assert not (name in ("src", "href") and re.match(r"\s*(javascript|https?|file):|\.\.", value)), value


def test_the_document_says_what_was_tried():
    """SECURITY.md has a row for each of them, with what came of it."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", (ROOT / "SECURITY.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [row for row in rows if row[1] in (READ, FAILS, REFUSED)] == [(row[0], row[2][0]) for row in TRIED]
    assert [row[0] for row in rows if row[0] in ANSWERS] == list(ANSWERS)

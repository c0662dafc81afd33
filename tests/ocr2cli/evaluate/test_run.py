"""A benchmark in the form of OmniDocBench from end to end, with PDF pages in place of images."""

import json

import pymupdf
import pytest

from ocr2cli.evaluate.run import evaluate
from ocr2cli.evaluate.truth import load, prediction_name
from ocr2cli.options import Options
from pipeline.errors import ExitCode, InputError
from pipeline.reader_options import ReaderOptions

FIRST = "The first paragraph of this page stands above the second."
SECOND = "And here, below it, is the second one with other words."


def block(kind, order, **more):
    return {"category_type": kind, "order": order, "anno_id": order, "ignore": False, "poly": [0] * 8} | more


@pytest.fixture
def benchmark(tmp_path):
    """One page with a picture and one whose picture is missing."""
    images = tmp_path / "images"
    images.mkdir()
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 200), FIRST, fontsize=11)
        page.insert_text((72, 400), SECOND, fontsize=11)
        pdf.save(images / "a.pdf_1.pdf")
    blocks = [
        block("text_block", 2, text=SECOND), block("text_block", 1, text=FIRST), block("header", 0, text="never"),
        block("abandon", None, text="never"), block("text_block", 3, text="never", ignore=True),
    ]  # fmt: skip
    samples = [
        {"page_info": {"image_path": f"x/{name}"}, "layout_dets": dets, "extra": {"relation": []}}
        for name, dets in (("a.pdf_1.pdf", blocks), ("gone.jpg", blocks[:1]))
    ]
    path = tmp_path / "OmniDocBench.json"
    path.write_text(json.dumps(samples))
    return path


def test_pages_are_read_scored_and_laid_out_for_the_scorer(benchmark, tmp_path, capfd):
    out = tmp_path / "out"
    options = Options(output=out, reading=ReaderOptions("text-layer"), as_json=True)
    assert evaluate(benchmark, None, None, options) is ExitCode.PARTLY
    assert (out / "pages" / "a.pdf_1.md").read_text() == f"{FIRST}\n\n{SECOND}\n"
    said = json.loads(capfd.readouterr().out)
    assert said == json.loads((out / "scores.json").read_text())
    assert said["missing"] == ["gone.md"]
    assert said["pages"]["a.pdf_1.md"] == {
        "text_distance": 0.0, "order_distance": 0.0, "teds": None, "teds_structure": None,
    }  # fmt: skip
    assert said["means"]["text_distance"] == {"mean": 0.5, "pages": 2}
    assert f'prediction: {{data_path: "{out / "pages"}"}}' in (out / "omnidocbench.yaml").read_text()


def test_a_second_run_reads_only_what_is_missing(benchmark, tmp_path, capfd):
    out = tmp_path / "out"
    evaluate(benchmark, None, None, Options(output=out, reading=ReaderOptions("text-layer")))
    (out / "pages" / "a.pdf_1.md").write_text("kept")
    evaluate(benchmark, None, None, Options(output=out, reading=ReaderOptions("text-layer")))
    assert (out / "pages" / "a.pdf_1.md").read_text() == "kept"
    evaluate(benchmark, None, None, Options(output=out, reading=ReaderOptions("text-layer"), force=True))
    assert (out / "pages" / "a.pdf_1.md").read_text() != "kept"


def test_pages_of_another_reader_are_never_scored_as_this_ones(tmp_path, monkeypatch, recorded_reader, capfd):
    """Also where the run that changed the reader was interrupted, or the new reader fails on a page."""
    from PIL import Image

    from ocr2cli.evaluate import run

    pages = [{"page_info": {"image_path": f"p{n}.png"}, "layout_dets": [block("text_block", 1, text=FIRST)]}
             for n in (1, 2)]  # fmt: skip
    (tmp_path / "t.json").write_text(json.dumps(pages))
    (tmp_path / "images").mkdir()
    for number in (1, 2):
        Image.new("RGB", (200, 200), (number, 0, 0)).save(tmp_path / f"images/p{number}.png")

    class Reader(recorded_reader):
        stop = fail = None

        def read(self, ref):
            if ref.source.name == self.stop:
                raise KeyboardInterrupt
            return super().read(ref) if ref.source.name != self.fail else Reader({}).read(ref)

    def go(name, **changes):
        reader = Reader({1: f"read by {name}"}, name, name)
        vars(reader).update(changes)  # type: ignore[attr-defined]
        monkeypatch.setattr(run, "open_transcriber", lambda options: (reader, None))
        return evaluate(tmp_path / "t.json", None, None, Options(output=tmp_path / "e"))

    def found():
        return {path.name: path.read_text() for path in sorted((tmp_path / "e/pages").iterdir())}

    assert go("old") is ExitCode.DONE
    with pytest.raises(KeyboardInterrupt):
        go("new", stop="p2.png")
    assert go("new", fail="p2.png") is ExitCode.PARTLY
    assert found() == {"p1.md": "read by new\n"}
    assert go("new") is ExitCode.DONE
    assert found() == {"p1.md": "read by new\n", "p2.md": "read by new\n"}


def test_predictions_of_others_are_scored(tmp_path, capfd):
    for folder, text in (("truth", FIRST), ("theirs", FIRST[:28])):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.md").write_text(text)
    options = Options(output=tmp_path / "out")
    assert evaluate(tmp_path / "truth", None, tmp_path / "theirs", options) is ExitCode.DONE
    lines = capfd.readouterr().out.splitlines()
    assert lines[1].split() == ["text_distance", "0.5263", "1", "lower"]
    assert lines[3].split() == ["teds", "-", "0", "higher"]


@pytest.mark.parametrize(("image", "name"), [
    ("a/b.jpg", "b.md"), ("b.pdf_3.png", "b.pdf_3.md"), ("b.jpeg", "b.jpeg.md"), ("b", "b.md"),
])  # fmt: skip
def test_names_are_those_that_the_scorer_looks_for(image, name):
    assert prediction_name(image) == name


def test_truth_in_reading_order_with_cut_paragraphs_whole(tmp_path):
    sample = {
        "page_info": {"image_path": "p.jpg"},
        "layout_dets": [
            block("title", 1, text="Title"),
            block("text_block", 2, text="begins "),
            block("table", 3, html="<table></table>"),
            block("text_block", 4, text="and ends"),
            block("equation_isolated", 5, latex="$$x$$"),
            block("equation_isolated", 6, latex="y"),
            block("text_mask", 7, text="never"),
        ],
        "extra": {"relation": [{"source_anno_id": 2, "target_anno_id": 4, "relation_type": "truncated"}]},
    }  # fmt: skip
    (tmp_path / "t.json").write_text(json.dumps([sample]))
    assert load(tmp_path / "t.json")[0].markdown == (
        "# Title\n\nbegins and ends\n\n<table></table>\n\n$$x$$\n\n$$\ny\n$$\n"
    )


@pytest.mark.parametrize("text", ["", "{}x", '[{"a": 1}]', "[1]"])
def test_another_json_file_is_refused(tmp_path, text):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(InputError, match="not in the form of OmniDocBench"):
        load(tmp_path / "t.json")


def test_missing_inputs_are_named(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "t.json")
    with pytest.raises(InputError, match="no Markdown file"):
        load(tmp_path)
    (tmp_path / "t.json").write_text("[]")
    with pytest.raises(InputError, match="--images says where"):
        evaluate(tmp_path / "t.json", None, None, Options(output=tmp_path / "out", reading=ReaderOptions("text-layer")))

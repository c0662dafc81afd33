"""`ocr2 eval --set-thresholds`: what a checkpoint was sure of, held against what it read."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ocr2cli.evaluate import run
from ocr2cli.evaluate.certainty import Certainty
from ocr2cli.evaluate.metrics import Scores
from ocr2cli.options import Options
from pipeline.errors import ExitCode, UserError
from pipeline.model.checkpoints.thresholds import thresholds_of
from pipeline.reader_options import ReaderOptions

TRUTH = "The only paragraph of this page."


def found(good, bad, tmp_path):
    """Thresholds from the certainties of pages read well and badly."""
    pages = {f"g{n}": (0.02, sure) for n, sure in enumerate(good)} | {f"b{n}": (0.8, s) for n, s in enumerate(bad)}
    (tmp_path / "certainty.json").write_text(json.dumps({name: sure for name, (_, sure) in pages.items()}))
    return Certainty(tmp_path, afresh=False).thresholds({name: Scores(far) for name, (far, _) in pages.items()})


def sure(low, high, least, most):
    return st.lists(st.floats(low, high), min_size=least, max_size=most)


@given(sure(0.75, 0.99, 50, 90), sure(0.2, 0.7, 10, 40))
def test_what_can_be_told_apart_is(tmp_path_factory, good, bad):
    said = found(good, bad, tmp_path_factory.mktemp("e"))
    assert sum(s < said.unreadable for s in bad) >= 0.95 * len(bad) - 1
    assert not any(s < said.unreadable for s in good)
    assert said.unreadable <= said.doubtful and sum(s < said.doubtful - 1e-3 for s in good) <= 0.03 * len(good) + 1


@given(sure(0.3, 0.9, 50, 90), sure(0.3, 0.9, 10, 40))
def test_where_they_overlap_hardly_a_good_page_is_thrown_away(tmp_path_factory, good, bad):
    said = found(good, bad, tmp_path_factory.mktemp("e"))
    assert sum(s < said.unreadable - 1e-3 for s in good) <= 0.02 * len(good)


def test_too_few_pages_say_nothing(tmp_path):
    with pytest.raises(UserError, match=r"49 pages were read well \(text distance under 0.1\) and 10 badly"):
        found([0.9] * 49, [0.4] * 10, tmp_path)


def test_from_pages_to_the_file_beside_the_weights(tmp_path, monkeypatch, recorded_reader, capsys):
    pages = []
    (tmp_path / "images").mkdir()
    for n in range(60):
        block = {
            "category_type": "text_block",
            "order": 1,
            "anno_id": 1,
            "ignore": False,
            "poly": [0] * 8,
            "text": TRUTH,
        }
        pages.append({"page_info": {"image_path": f"p{n}.png"}, "layout_dets": [block | {"text": TRUTH}]})
        Image.new("RGB", (40, 40), (n, 0, 0)).save(tmp_path / f"images/p{n}.png")
    (tmp_path / "t.json").write_text(json.dumps(pages))
    (tmp_path / "model").mkdir()
    (tmp_path / "model/config.json").write_text("{}")
    (tmp_path / "model/model.safetensors").write_bytes(b"")

    class Reader(recorded_reader):
        def read(self, ref):
            at = int(ref.source.name[1:-4])
            page = super().read(ref)
            return page if at >= 10 else replace(page, text="Quite other words.", confidence=0.3 + at / 100)

    monkeypatch.setattr(run, "open_transcriber", lambda options: (Reader({1: TRUTH}), None))
    options = Options(output=tmp_path / "e", reading=ReaderOptions(str(tmp_path / "model")))
    assert run.evaluate(tmp_path / "t.json", None, None, options, set_thresholds=True) is ExitCode.DONE
    kept = thresholds_of(tmp_path / "model")
    assert kept.verified and (kept.unreadable, kept.doubtful) == (0.644, 0.9)
    said = capsys.readouterr().err
    assert "below 0.644 a page counts as not read, below 0.9 it is named (50 good pages, 10 bad)" in said


@pytest.mark.parametrize("model", ["text-layer"])
def test_where_no_model_reads_there_is_nothing_to_set(tmp_path, model):
    (tmp_path / "t.json").write_text("[]")
    options = Options(output=tmp_path / "e", reading=ReaderOptions(model))
    with pytest.raises(UserError, match="--set-thresholds needs pages that a model reads"):
        run.evaluate(tmp_path / "t.json", None, None, options, set_thresholds=True)

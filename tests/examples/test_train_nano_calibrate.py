"""Thresholds are set on what `ocr2 convert` judges by."""

from __future__ import annotations

import numpy as np
import pytest
from train_nano import calibrate

from pipeline.model.checkpoints.thresholds import Thresholds
from pipeline.readers.wrappers.certainty import Judging
from pipeline.readers.wrappers.retries import Recovering
from pipeline.transcript import Finish, Transcript
from pipeline.views.print_lines import lines_of_print
from tests.support.letters import LINE, block, page

BODY = (100, 200, 1100, 494)
SHEET = page([(100, 200 + 30 * n, LINE) for n in range(20)])


@pytest.fixture
def half_read(monkeypatch):
    """An engine that is sure of the upper half of each page, and tells nothing of the rest."""

    class Engine:
        def __init__(self, *_):
            pass

        def transcribe(self, pages):
            for ref in pages:
                text, found = block("text", BODY, " ".join([LINE] * 10)), lines_of_print(np.asarray(SHEET))
                yield Transcript(ref, text, Finish.STOP, confidence=0.9, print=found)

    class Nothing:
        network = None

    monkeypatch.setattr("pipeline.engine.engine.Engine", Engine)
    monkeypatch.setattr("pipeline.engine.load.load_checkpoint", lambda *_: Nothing)
    monkeypatch.setattr("pipeline.engine.packing.pack.pack", lambda _: None)


def test_print_that_is_left_out_lowers_the_certainty_that_thresholds_are_set_on(half_read, tmp_path):
    SHEET.save(tmp_path / "0001-worn.png")
    (tmp_path / "0001-worn.txt").write_text(" ".join([LINE] * 20), "utf-8")
    (read,) = calibrate.read([tmp_path], "nano")
    assert (read.kind, read.finish) == ("worn", "stop")
    assert read.distance == pytest.approx(0.5, abs=0.02)
    assert read.confidence == pytest.approx(0.45, abs=0.03)


class Blurred:
    """Reads no page but a fax, and that at the second try."""

    name = settings = "net"

    def transcribe(self, pages):
        for ref in pages:
            sure = 0.9 if ref.attempt and ref.source.path.suffix == ".tif" else 0.3
            yield Transcript(ref, "text" if sure > 0.5 else "tmn", Finish.STOP, confidence=sure)

    def close(self):
        pass


def test_what_thresholds_do_is_told_with_second_tries(monkeypatch, tmp_path, capsys):
    judged = Recovering(Judging(Blurred(), Thresholds(0.5, 0.6, verified=True)))
    monkeypatch.setattr(calibrate, "open_reader", lambda _: judged)
    for name in ("1-page.png", "2-fax.tif"):
        (tmp_path / name).write_bytes(b"")
        (tmp_path / name).with_suffix(".txt").write_text("text", "utf-8")
    file = tmp_path / "read.jsonl"
    for verb in (["read", "--again", "--model", "nano", str(tmp_path)], ["tell", str(file)]):
        monkeypatch.setattr("sys.argv", ["calibrate", *verb])
        calibrate.main()
        said = capsys.readouterr().out
        file.write_text(said, "utf-8")
    assert said == f"{tmp_path.name}: bad 1/1, fax 0/1, good 0/1, page 1/1\n"


def test_a_page_on_which_nothing_is_seen_is_passed():
    blank = calibrate.Page("fit", "blank", "blank", 0.0, 0.0)
    assert calibrate.told([blank]) == "blank 0/1, good 0/1"

"""Sets that are read by several checkpoints at once: shared out, kept as lines, scored elsewhere."""

from __future__ import annotations

import argparse
import lzma
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from train_nano import calibrate, heldout
from train_nano.curriculum import SMALL_TEXT
from train_nano.reading import documents, read, rows, sets, tell
from train_nano.texts import LANGUAGES

from pipeline.transcript import Finish, PageRef, Source, Transcript

BOX = "<|ref|>text<|/ref|><|det|>[[50, 50, 950, 950]]<|/det|>\n"
WORDS = "A few plain words that anybody reads, and some more of them."


def kept(set_name="heldout", name="0001-worn.png", text=WORDS, finish="stop", model="A", truth=WORDS, sure=0.9):
    return rows.Row(model, set_name, name, 1, truth and BOX + truth, BOX + text, finish, sure)


@pytest.mark.parametrize("models", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("processes", [1, 2, 4, 6])
def test_all_processes_have_as_much_to_do_and_each_page_is_read_once_by_each_checkpoint(models, processes):
    names = [f"m{n}" for n in range(models)]
    shared = read.jobs(names, processes)
    assert len({sum(1 / job.parts for job in mine) for mine in shared}) == 1 and len(shared) == processes
    pages = Counter((job.model, page) for mine in shared for job in mine for page in range(60)[job.part :: job.parts])
    assert pages == Counter((name, page) for name in names for page in range(60))


def test_lines_come_back_as_they_were_and_a_torn_one_is_left_out(tmp_path):
    page = Transcript(
        PageRef(Source(Path("a/0001-worn.png"), "a"), 1), BOX + "Żółw", Finish.LOOP, 595, 842, "nano",
        confidence=0.9, by_block=(0.9,), tried=("nano: loop",),
    )  # fmt: skip
    one = rows.row("M", "heldout", BOX + "Żółw", page)
    (tmp_path / "part-0.jsonl").write_text(rows.line(one), "utf-8")
    (tmp_path / "part-1.jsonl").write_text(rows.line(kept()) + rows.line(kept())[:20], "utf-8")
    (tmp_path / "part-2.jsonl").write_text("", "utf-8")
    rows.pack(sorted(tmp_path.glob("part-*")), tmp_path / "rows.jsonl.xz")
    back, other = rows.load([tmp_path / "rows.jsonl.xz"])
    again = rows.row("M", "heldout", BOX + "Żółw", back.transcript(page.ref.source))
    assert (back.sort, other.sort, back.certainty) == ("worn", "worn", 0.9)
    assert rows.line(again) == rows.line(one) == rows.line(back)
    assert len(list(rows.load([tmp_path / "part-1.jsonl"]))) == 1


class Reader:
    """Reads what is written beside the page; wants to be told pages one by one."""

    def transcribe(self, pages):
        for ref in pages:
            text = ref.source.path.with_suffix(".txt").read_text("utf-8")
            yield Transcript(ref, text, Finish.STOP, confidence=0.8)

    def close(self):
        pass


def test_a_process_reads_its_share_of_each_set(monkeypatch, tmp_path):
    folder = tmp_path / "languages"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number:04}-de.txt").write_text(f"{number}", "utf-8")
        (folder / f"{number:04}-de.png").write_bytes(b"")
    monkeypatch.setattr(read, "_reader", lambda *_: Reader())
    monkeypatch.setattr(read, "_keep_to_own_cores", lambda *_: None)
    given = argparse.Namespace(
        out=tmp_path, model=["A"], sets=[folder], documents=None, data=Path(), once=False, pages=4, beside=1
    )
    for process in range(2):
        read.read(given, process, 2)
    found = [list(rows.load([tmp_path / f"part-{n}.jsonl"])) for n in range(2)]
    assert [[row.text for row in part] for part in found] == [["0", "2"], ["1", "3"]]
    assert {(row.set, row.sort, row.truth == row.text, row.certainty) for row in found[0]} == {
        ("languages", "de", True, 0.8)
    }


def test_what_is_told_of_sets(capsys):
    wrong = WORDS.replace("w", "v")
    languages = [kept("languages", f"{n:04}-{language}.png", wrong) for n, language in enumerate((*LANGUAGES, "en"))]
    held = [kept(), kept(name="0200-clean.png", text=WORDS[:30], finish="loop"), kept(name="0003-clean.png", truth="")]
    tell.tell([*held, *languages], [kept("core_public", "a.pdf", truth=None)])
    said = capsys.readouterr().out
    assert "heldout, A: 1 in a loop or cut off" in said and "core_public, A: 0 in a loop or cut off" in said
    assert "first 160  pages    2" in said and "clean      pages    2" in said
    rate = wrong.count("v") / len(WORDS)
    assert f"times as often wrong as the English pages beside them ({rate:.4f}): de 1.00, fr 1.00" in said
    assert "times as often wrong as held-out pages (" in said


def test_thresholds_are_set_for_each_checkpoint_by_itself(tmp_path, monkeypatch, capsys):
    file = tmp_path / "rows.jsonl.xz"
    both = [kept("fit", f"{n:04}-page.png", WORDS if n % 2 else "xyz", model=model, sure=0.9 if n % 2 else low)
            for model, low in (("A", 0.3), ("B", 0.95)) for n in range(120)]  # fmt: skip
    file.write_bytes(lzma.compress("".join(map(rows.line, both)).encode()))
    monkeypatch.setattr("sys.argv", ["calibrate", "fit", str(file)])
    calibrate.main()
    said = capsys.readouterr().out.split("B:\n")
    assert said[0].startswith("A:\narea under the curve 1.0000") and said[1].startswith("area under the curve 0.0000")


def test_documents_become_markdown_in_the_order_of_their_pages(tmp_path, monkeypatch):
    Image.new("L", (300, 300), 255).save(tmp_path / "a.tif", save_all=True, append_images=[Image.new("L", (300, 300))])
    (tmp_path / "list.txt").write_text("a.tif\n", "utf-8")
    pages = [
        rows.Row("some/A", "list", "a.tif", number, None, BOX + text, "stop", 0.9, width=150, height=150)
        for number, text in ((2, "The second page."), (1, "The first page."))
    ]
    (tmp_path / "rows.jsonl").write_text("".join(map(rows.line, pages)), "utf-8")
    given = ["--list", tmp_path / "list.txt", "--data", tmp_path, tmp_path / "out", tmp_path / "rows.jsonl"]
    monkeypatch.setattr("sys.argv", ["documents", *map(str, given)])
    documents.main()
    written = (tmp_path / "out" / "A" / "a.md").read_text("utf-8")
    assert written.index("The first page.") < written.index("The second page.")


def test_a_page_of_several_languages_is_drawn_from_the_same_numbers(assets, tmp_path, monkeypatch):
    """And the first pages of a set are the same however many there are."""
    monkeypatch.setattr(heldout.Assets, "load", lambda *_, **__: assets)
    monkeypatch.setitem(assets.texts, "xx", assets.texts["en"])
    drawn = heldout.Drawn(2, 5, lambda rng: SMALL_TEXT, languages=("en", "xx"))
    heldout.make_some(tmp_path, tmp_path, range(4), drawn)
    names = sorted(path.name for path in tmp_path.glob("*.png"))
    assert names == ["0000-en.png", "0001-xx.png", "0002-en.png", "0003-xx.png"]
    first, second, other, _ = (np.asarray(Image.open(tmp_path / name)) for name in names)
    assert np.array_equal(first, second) and not np.array_equal(first, other)
    assert {name: drawn.pages * len(drawn.languages) for name, drawn in sets.SETS.items()} == {
        "heldout": 500, "newsprint": 60, "tables": 60, "languages": 108,
    }  # fmt: skip


def test_each_process_sees_one_gpu_and_shares_it_with_as_many_as_need_be(monkeypatch, tmp_path):
    started = []

    class Process:
        def __init__(self, command, env):
            options = dict(pairwise(command))
            started.append((options["--process"], options["--beside"], env["CUDA_VISIBLE_DEVICES"]))

        def wait(self):
            return 0

    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr(read.subprocess, "Popen", Process)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for given, wanted in (([], [("0", "1", "0"), ("1", "1", "1")]),
                          (["--processes", "3"], [("0", "2", "0"), ("1", "2", "1"), ("2", "2", "0")])):  # fmt: skip
        monkeypatch.setattr("sys.argv", ["read", "--out", str(tmp_path), "--model", "A", *given])
        read.main()
        assert started == wanted
        started.clear()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    monkeypatch.setattr("sys.argv", ["read", "--out", str(tmp_path), "--model", "A"])
    read.main()
    assert [seen for *_, seen in started] == ["3", "5"]

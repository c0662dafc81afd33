"""The whole way with a real network: a tiny checkpoint whose text is noise, so every page needs help."""

import json
from dataclasses import replace

import numpy as np
from PIL import Image

from pipeline.reader_options import ReaderOptions
from pipeline.readers.opening import open_transcriber


def test_pages_go_through_a_network_and_none_is_lost(ocr2, make_pdf, tiny_checkpoint):
    make_pdf(ocr2.folder / "a.pdf", "The file knows this.", None, "")
    read = ("convert", "a.pdf", "--model", tiny_checkpoint, "--device", "cpu", "--max-tokens", 3)
    done = ocr2(*read)
    assert done.returncode in (0, 4)
    assert done.stdout.startswith("a.md\n")
    rows = {row["page"]: row for row in map(json.loads, (ocr2.folder / "a/transcript.jsonl").open(encoding="utf-8"))}
    assert set(rows) == {1, 2, 3}
    assert rows[1]["settings"] == rows[2]["settings"]
    assert {rows[1]["reader"], rows[2]["reader"]} <= {str(tiny_checkpoint), "text-layer"}
    again = ocr2(*read)
    assert (again.returncode, again.stdout) == (done.returncode, done.stdout)
    assert len((ocr2.folder / "a/transcript.jsonl").read_text().splitlines()) == 3


def test_a_model_that_cannot_be_had_ends_a_batch_and_is_said_once(ocr2, make_pdf):
    for name in ("a.pdf", "b.pdf"):
        make_pdf(ocr2.folder / name, "One.")
    done = ocr2("convert", "a.pdf", "b.pdf", "-o", "out", "--model", "text-layer+deepseek-ai/DeepSeek-OCR-2")
    assert (done.returncode, done.stderr.count("could not be downloaded")) == (5, 1)
    named, summary, cause = done.stderr.splitlines()
    assert named == "ocr2: not converted: a.pdf, b.pdf"
    assert summary.startswith("0 pages of 2 inputs; 2 inputs not converted")
    assert cause.startswith("ocr2: the weights of deepseek-ai/DeepSeek-OCR-2 could not be downloaded")


def test_the_task_the_resolution_and_the_limit_are_part_of_the_key(tiny_checkpoint):
    plain = ReaderOptions(str(tiny_checkpoint), "cpu")
    changed = [replace(plain, task="ocr"), replace(plain, dpi=100), replace(plain, max_tokens=2)]
    keys = [open_transcriber(options)[0].settings for options in (plain, plain, *changed)]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_an_8_bit_cache_reads_pages_anew(ocr2, make_pdf, tiny_checkpoint):
    """Its numbers are others, so a record of the plain one is not taken for it."""
    make_pdf(ocr2.folder / "a.pdf", None)
    read = ("convert", "a.pdf", "--model", tiny_checkpoint, "--device", "cpu", "--max-tokens", 2)
    keys = []
    for variables in ({}, {"OCR2_KV_CACHE": "int8"}, {"OCR2_KV_CACHE": "int8"}):
        assert ocr2(*read, **variables).returncode in (0, 4)
        (row,) = map(json.loads, (ocr2.folder / "a/transcript.jsonl").open(encoding="utf-8"))
        keys.append(row["settings"])
    assert keys[0] != keys[1] == keys[2]
    assert ocr2(*read, "--kv-cache", "int4").returncode == 2


def test_a_broken_checkpoint_and_a_missing_device_are_5(ocr2, make_pdf, tiny_checkpoint):
    make_pdf(ocr2.folder / "a.pdf", "One.")
    (ocr2.folder / "model").mkdir()
    for arguments in (("--model", "model"), ("--model", tiny_checkpoint, "--device", "cuda:7")):
        done = ocr2("convert", "a.pdf", *arguments)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (5, "", 1)


def rows(ocr2, name):
    return {row["page"]: row for row in map(json.loads, (ocr2.folder / name).open(encoding="utf-8")) if "page" in row}


def test_siblings_read_in_their_own_modes_and_are_forecast_so(ocr2, make_pdf, tiny_family):
    make_pdf(ocr2.folder / "a.pdf", None)
    read = ("convert", "a.pdf", "--model", tiny_family["DeepSeek-OCR"], "--device", "cpu", "--max-tokens", 2)
    assert "1 page, 6 crops, 903 visual tokens" in ocr2(*read, "--dry-run").stdout
    assert ocr2(*read, "--mode", "tiny").returncode in (0, 4)
    (tried,) = rows(ocr2, "a/transcript.jsonl").values()
    # Of noise no try counts, so the page is read in two pieces, each in the mode that was asked for.
    assert any(way.endswith(": in pieces") for way in tried["tried"])
    assert tried["prompt_tokens"] == 2 * (73 + len("\nConvert the document to markdown.") + 2)
    wrong = ocr2("convert", "a.pdf", "--model", tiny_family["DeepSeek-OCR 2"], "--mode", "tiny")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "ocr2: DeepSeek-OCR 2 has no mode 'tiny': use gundam\n"


def test_pages_of_narrow_lines_get_as_many_tiles_as_are_asked_for_and_the_report_says_so(ocr2, tiny_family):
    """As released unless asked; nothing else is cut otherwise, and a page that was read so is read anew."""
    page = np.full((842, 1684), 255, np.uint8)
    for y in range(40, 800, 14):
        page[y : y + 7, 60:1600] = np.repeat(np.random.default_rng(y).random(154) < 0.8, 10) * -255 + 255
    Image.fromarray(page).save(ocr2.folder / "dense.png")
    Image.fromarray(page[:700, :700]).save(ocr2.folder / "small.png")
    read = ("convert", "dense.png", "small.png", "--model", tiny_family["DeepSeek-OCR 2"], "--device", "cpu")
    assert "8 crops, 1,666 visual tokens" in ocr2(*read, "--dry-run", "--views", 8).stderr
    for views, tiles in ((), [2, 1]), (("--views", 8), [4, 2]):
        done = ocr2(*read, "--max-tokens", 2, "--json", *views)
        assert done.returncode in (0, 4), done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert [event["tiles"] for event in events] == [{f"{tiles[0]}x{tiles[1]}": 1}, {"0x0": 1}]
        assert rows(ocr2, "dense/transcript.jsonl")[1]["tiles"] == tiles
    large = ocr2(*read, "--views", 12)
    assert (large.returncode, large.stderr.endswith("use fewer --views\n")) == (5, True)


def test_pages_read_at_once_are_records_of_their_own_and_resume_by_page(ocr2, make_pdf, tiny_family):
    make_pdf(ocr2.folder / "a.pdf", None, None, None)
    read = ("convert", "a.pdf", "--model", tiny_family["Unlimited-OCR"], "--max-tokens", 2, "--pages-at-once", 2)
    assert "3 pages, 0 crops, 819 visual tokens" in ocr2(*read, "--dry-run").stdout
    assert ocr2(*read).returncode in (0, 4)
    first = rows(ocr2, "a/transcript.jsonl")
    assert sorted(first) == [1, 2, 3]
    record = ocr2.folder / "a/transcript.jsonl"
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(line for line in lines if json.loads(line).get("page") != 2))
    assert ocr2(*read).returncode in (0, 4)
    again = rows(ocr2, "a/transcript.jsonl")
    assert sorted(again) == [1, 2, 3]
    assert len({row["settings"] for row in again.values()}) == 1

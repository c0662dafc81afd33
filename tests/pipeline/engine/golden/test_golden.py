"""Golden pages: texts are judged as others published them, and parts are held to transformers' class."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ocr2cli.evaluate import golden as told
from ocr2cli.evaluate.golden import GoldenCheck
from pipeline.engine.golden import checking, files, layers
from pipeline.engine.golden.cases import FIRST, GOLDEN, UNLIMITED, cases_of
from pipeline.engine.golden.checking import Card, Verdict, check
from pipeline.engine.golden.verdicts import error_rate, wrong_beginning
from pipeline.errors import InputError, UserError
from pipeline.model.checkpoints.source import OFFICIAL
from pipeline.model.family.known import MEMBERS
from pipeline.transcript import Finish, PageRef, Source, Transcript

LAYOUT = "<|ref|>title<|/ref|><|det|>[[330, 198, 559, 230]]<|/det|>\n# R"


def read(text: str) -> Transcript:
    return Transcript(PageRef(Source(Path("a"), "a"), 1), text, Finish.LENGTH)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (LAYOUT + "&D", True),
        (LAYOUT.replace("559", "558"), True),
        (LAYOUT.replace("559", "557"), False),
        (LAYOUT.replace("title", "text"), False),
        (LAYOUT[:-1], False),
    ],
)
def test_beginnings_are_exact_but_for_places(text, good):
    assert (wrong_beginning(text, LAYOUT, 1) is None) is good


def test_numbers_of_the_text_itself_are_exact():
    assert wrong_beginning("In 1969 it", "In 1969", 1) is None
    assert wrong_beginning("In 1968 it", "In 1969", 1) == "it begins 'In 1968 it' and not 'In 1969'"
    unlimited = "<|det|>image [383, 88, 497, 175]<|/det|>\n<|det|>title [333"
    assert wrong_beginning(unlimited.replace("88", "87") + ", 198", unlimited, 1) is None


def test_error_rates_are_of_the_part_that_fits_best():
    assert error_rate("# Head\n\nbefore one  two\nthree after", "one two three") == 0
    assert error_rate("before ane two thre after", "one two three") == pytest.approx(2 / 13)
    assert error_rate("", "abc") == 1
    assert error_rate("<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\nabc", "abc") == 0


@given(st.text("abc", max_size=8), st.text("abc", min_size=1, max_size=8))
def test_distances_are_the_least_over_all_parts(text, truth):
    def edits(a: str, b: str) -> int:
        row = list(range(len(b) + 1))
        for i, x in enumerate(a, 1):
            last, row[0] = row[0], i
            for j, y in enumerate(b, 1):
                last, row[j] = row[j], min(last + (x != y), row[j] + 1, row[j - 1] + 1)
        return row[-1]

    parts = {text[i:j] for i in range(len(text) + 1) for j in range(i, len(text) + 1)}
    assert error_rate(text, truth) == pytest.approx(min(edits(part, truth) for part in parts) / len(truth))


def test_published_readings_are_of_released_weights():
    released = {member.repository for member in MEMBERS}
    assert {case.repository for case in GOLDEN} == {*released, "nano"}
    assert {OFFICIAL, FIRST, UNLIMITED} == released
    assert [case.name for case in cases_of("Deepseek-AI/DeepSeek-OCR-2")] == [
        "form", "form with layout", "article", "clipping in tiles", "hard newspaper"
    ]  # fmt: skip
    (other,) = cases_of("somebody/else")
    assert not (other.source or other.begins)


@pytest.mark.parametrize(
    ("name", "text", "good"),
    [
        ("form", "R&D QUALITY IMPROVEMENT SUGGESTION/SOLUTION FORM\n\nName/Phone", True),
        ("form", "RAD QUALITY", False),
        ("clipping in tiles", "the truth", True),
        ("clipping in tiles", "the tooth", False),
        ("hard newspaper", "the truth", False),  # far better than was measured is another page, or another model
    ],
)
def test_a_reading_is_judged_as_published(name, text, good):
    case = next(case for case in cases_of(OFFICIAL) if case.name == name)
    assert checking._judged(read(text), case, "the truth").good is good


@pytest.mark.parametrize("name", ["DeepSeek-OCR 2", "DeepSeek-OCR", "Unlimited-OCR"])
def test_every_member_is_held_to_transformers_part_by_part(tiny_family, name):
    pytest.importorskip("transformers.models.unlimited_ocr")
    card, drawn, parts = check(str(tiny_family[name]), "cpu")
    assert card == Card("cpu", "cpu", "float32", "sdpa")
    assert isinstance(drawn, Verdict) and isinstance(parts, Verdict)
    assert (drawn.good, parts.good) == (None, True), parts.said
    assert parts.said.startswith("5 as in transformers, at most ")


def test_the_first_part_that_differs_is_named(tiny_checkpoint, monkeypatch):
    pytest.importorskip("transformers")
    plain = layers.native_model

    @contextmanager
    def other(network):
        with plain(network) as model:
            with torch.no_grad():
                model.model.language_model.layers[1].self_attn.o_proj.weight *= 1.1
            yield model

    monkeypatch.setattr(layers, "native_model", other)
    *_, parts = check(str(tiny_checkpoint), "cpu")
    assert isinstance(parts, Verdict)
    assert parts.good is False
    assert parts.said.startswith("first apart: decoder layer 2, ")


def test_files_come_from_a_folder_or_their_address(tmp_path, monkeypatch):
    address = "https://example.org/a/picture.png"
    with pytest.raises(InputError, match=r"has no picture.png: it is at https://example.org/a/picture.png"):
        files.file_of(address, tmp_path)
    with Image.new("RGB", (4, 4)) as picture:
        picture.save(tmp_path / "picture.png")
    assert files.file_of(address, tmp_path) == tmp_path / "picture.png"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    asked = []

    def offline(url, timeout):
        asked.append(url)
        raise OSError("no route")

    monkeypatch.setattr(files.urllib.request, "urlopen", offline)
    with pytest.raises(InputError, match=r"picture.png cannot be fetched \(no route\): give it in a folder"):
        files.file_of(address, None)
    assert asked == [address]
    (tmp_path / "cache/ocr2/golden").mkdir(parents=True)
    (tmp_path / "cache/ocr2/golden/picture.png").write_bytes(b"")
    assert files.file_of(address, None) == tmp_path / "cache/ocr2/golden/picture.png"


def test_a_card_that_fails_is_named_and_so_is_one_that_does_not(tiny_checkpoint, monkeypatch):
    def checked(model, device, given):
        yield Card(device, "a card", "bfloat16", "triton")
        if device == "cuda:1":
            raise RuntimeError("an illegal\nmemory access")
        yield Verdict("form", device != "cuda:0", "it begins 'x'")
        yield Verdict("parts", None, "transformers is not installed")

    monkeypatch.setattr(told, "check", checked)
    monkeypatch.setattr(told, "devices", lambda asked: ("cpu", "cuda:0", "cuda:1"))
    golden = GoldenCheck(str(tiny_checkpoint), "auto", None)
    lines = list(golden.lines())
    assert lines[1:] == [
        "cpu           a card, bfloat16, attention: triton",
        "  form              ok      it begins 'x'",
        "  parts             -       transformers is not installed",
        "cuda:0        a card, bfloat16, attention: triton",
        "  form              FAILED  it begins 'x'",
        "  parts             -       transformers is not installed",
        "cuda:1        a card, bfloat16, attention: triton",
        "cuda:1        FAILED: an illegal memory access",
        "result        nothing wrong on cpu; cuda:0 FAILED; cuda:1 FAILED; read with --device cpu",
    ]
    assert golden.exit_code == 4
    monkeypatch.setattr(told, "devices", lambda asked: ("cuda:0",))
    alone = GoldenCheck(str(tiny_checkpoint), "auto", None)
    assert list(alone.lines())[-1] == "result        cuda:0 FAILED"
    assert alone.exit_code == 5
    with pytest.raises(UserError, match="--golden reads pages with a model on this machine"):
        GoldenCheck("text-layer", "auto", None)


def test_long_pages_are_left_to_accelerators(tiny_checkpoint, tmp_path):
    case = replace(cases_of(OFFICIAL)[3], image="")
    verdict = checking._case(None, case, None, tmp_path, fast=False)
    assert (verdict.good, verdict.said) == (None, "takes minutes on a CPU: left out")

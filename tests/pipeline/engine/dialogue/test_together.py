"""Several pages in one answer: a transcript each, and pages that came out badly are read by themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from PIL import Image, ImageDraw

from pipeline.documents.document import Document
from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.engine.dialogue.together import joined, shared_out
from pipeline.engine.load import load_checkpoint, load_engine
from pipeline.engine.runner import Runner
from pipeline.errors import UserError
from pipeline.model.decoder import WindowContext
from pipeline.model.family.unlimited_ocr import UNLIMITED_OCR
from pipeline.model.tokenizer import Tokenizer
from pipeline.reader_options import ReaderOptions
from pipeline.transcript import Finish, PageRef, Source
from pipeline.views import crops

OPTIONS = ReaderOptions(device="cpu", max_tokens=30, ngram="off", pages_at_once=3, draft="off")
BASE = UNLIMITED_OCR.modes["base"]


@pytest.fixture(scope="module")
def folder(tiny_family) -> str:
    return str(tiny_family["Unlimited-OCR"])


@pytest.fixture(scope="module")
def scan(tmp_path_factory) -> list[PageRef]:
    """Seven pages of pixels in one file; the fourth is empty."""
    pictures = []
    for number in range(1, 8):
        picture = Image.new("RGB", (300, 200), "white")
        if number != 4:
            ImageDraw.Draw(picture).text((20, 40), f"page {number} " * 3, fill="black", font_size=30)
        pictures.append(picture)
    path = tmp_path_factory.mktemp("scan") / "a.tiff"
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    return [PageRef(Source(path, "a.tiff"), number) for number in range(1, 8)]


@pytest.fixture
def written(monkeypatch) -> list[str]:
    """What the network is made to have written, answer by answer; the tokens that it chose are not looked at."""
    answers: list[str] = []
    decode = Tokenizer.decode
    monkeypatch.setattr(Tokenizer, "decode", lambda self, ids: answers.pop(0) if answers else decode(self, ids))
    return answers


@pytest.fixture
def prompts(monkeypatch) -> list[int]:
    """Tokens of each prompt that was put into a slot."""
    lengths, opened = list[int](), Runner.open

    def open_and_note(runner, openings):
        lengths.extend(len(opening.prompt) for opening in openings)
        return opened(runner, openings)

    monkeypatch.setattr(Runner, "open", open_and_note)
    return lengths


def read(folder, pages, **changes):
    engine = load_engine(folder, replace(OPTIONS, **changes), slots=1)
    engine._options = replace(engine._options, stop_loops=False)
    engine._runner.network.config = replace(engine._runner.network.config)
    return {page.ref.number: page for page in engine.transcribe(pages)}


@pytest.fixture
def ends(monkeypatch):
    """Every answer ends by itself."""
    closed = Runner.close
    monkeypatch.setattr(Runner, "close", lambda runner, slot: replace(closed(runner, slot), stopped=True))


def test_each_page_has_its_own_text(folder, scan, written, prompts, ends):
    written += ["<PAGE>one\n<PAGE>two\n<PAGE>three", "<PAGE>five\n<PAGE>six\n<PAGE>seven\n"]
    found = read(folder, scan)
    assert {number: (page.text, page.finish) for number, page in found.items()} == {
        1: ("one", Finish.STOP), 2: ("two", Finish.STOP), 3: ("three", Finish.STOP), 4: ("", Finish.BLANK),
        5: ("five", Finish.STOP), 6: ("six", Finish.STOP), 7: ("seven", Finish.STOP),
    }  # fmt: skip
    rest = len("Multi page parsing.") + 1
    assert prompts == [3 * 273 + rest] * 2
    assert {page.ref for page in found.values()} == set(scan)


def test_a_page_without_a_text_and_what_was_cut_off_are_read_alone(folder, scan, written, prompts, ends):
    written += ["<PAGE>one\n<PAGE>\n<PAGE>three", "two by itself"]
    found = read(folder, scan[:3])
    assert {number: page.text for number, page in found.items()} == {1: "one", 2: "two by itself", 3: "three"}
    assert prompts[1] == 273 + len("document parsing.") + 1


@pytest.mark.parametrize("answer", ["one\n<PAGE>two", "<PAGE>one<PAGE>two<PAGE>three<PAGE>four", "no mark at all"])
def test_marks_that_do_not_fit_the_pages_tell_nothing(folder, scan, written, answer, ends):
    written += [answer, "1", "2", "3"]
    assert {number: page.text for number, page in read(folder, scan[:3]).items()} == {1: "1", 2: "2", 3: "3"}


def test_an_answer_that_ran_out_of_tokens_keeps_its_whole_pages(folder, scan, written):
    """The network itself never ends here."""
    written += ["<PAGE>one\n<PAGE>two, which goes", "2", "3"]
    found = read(folder, scan[:3])
    assert {number: (page.text, page.finish) for number, page in found.items()} == {
        1: ("one", Finish.STOP), 2: ("2", Finish.LENGTH), 3: ("3", Finish.LENGTH)
    }  # fmt: skip


def test_a_page_left_over_and_one_of_another_document_are_read_by_themselves(folder, scan, tmp_path, prompts, ends):
    with Image.new("RGB", (300, 200), "white") as picture:
        ImageDraw.Draw(picture).text((20, 40), "another", fill="black", font_size=30)
        picture.save(tmp_path / "b.png")
    other = PageRef(Source(tmp_path / "b.png", "b.png"), 1)
    engine = load_engine(folder, replace(OPTIONS, max_tokens=2), slots=1)
    assert {page.ref for page in engine.transcribe([*scan[:2], other])} == {*scan[:2], other}
    # The tiny network's own words hold no mark, so the two are read alone after all.
    assert prompts == [2 * 273 + 20, 273 + 18, 273 + 18, 273 + 18]


def test_the_answer_is_that_of_a_plain_loop_over_all_images(folder, scan, ends, monkeypatch):
    """One run of image tokens for each page, nothing between them, one separator each."""
    texts = list[str]()
    shared = "pipeline.engine.dialogue.answers.shared_out"
    monkeypatch.setattr(shared, lambda text, pages, whole: texts.append(text) or ["x"] * pages)
    assert len(read(folder, scan[:3], max_tokens=10)) == 3
    checkpoint = load_checkpoint(folder, torch.device("cpu"))
    network, tokenizer, config = checkpoint.network, checkpoint.tokenizer, checkpoint.network.config
    with Document(scan[0].source) as document, torch.inference_mode():
        wholes = [crops.views(document.page(n).pixels, rules=BASE).global_view for n in (1, 2, 3)]
        views = torch.stack([torch.from_numpy(whole.copy()) for whole in wholes])
        seen = torch.cat(network.encode_pages(views, torch.zeros(0, 640, 640, 3, dtype=torch.uint8), [(0, 0)] * 3))
        prompt = UNLIMITED_OCR.prompts["pages"]
        ids = prompt_ids(prompt, tokenizer.encode, config.bos_token_id, config.image_token_id, 3 * 273)
        answer = list[int]()
        context = WindowContext(len(ids), 20)
        for _ in range(30):
            hidden = network.decode(network.embed(torch.tensor([ids + answer]), seen),
                                    torch.arange(len(ids + answer))[None], context)  # fmt: skip
            answer.append(int(network.lm_head(hidden[0, -1]).argmax()))
    assert texts == [tokenizer.decode(answer)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"locate": "it"}, "goes with no other --task"), ({"prompt": "Why?"}, "goes with no other --task, --prompt")],
)
def test_what_cannot_be_read_together(folder, changes, message):
    with pytest.raises(UserError, match=message):
        load_engine(folder, replace(OPTIONS, **changes))


def test_other_models_read_page_by_page(tiny_checkpoint):
    with pytest.raises(UserError, match="DeepSeek-OCR 2 reads page by page: leave --pages-at-once out"):
        load_engine(str(tiny_checkpoint), OPTIONS)


def test_drafts_of_all_pages_or_none():
    assert joined(["a", "b"]) == "<PAGE>a\n<PAGE>b"
    assert joined(["a", ""]) == ""
    assert shared_out(joined(["a", "b"]), 2, whole=True) == ["a", "b"]
    assert shared_out("<PAGE>a<PAGE>b", 3, whole=False) == ["a", None, None]

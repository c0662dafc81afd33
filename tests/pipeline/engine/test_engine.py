"""The engine's text is that of a plain greedy loop, whatever shares its batch; how it ends; how it takes errors."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import pymupdf
import pytest
import torch
from PIL import Image

from pipeline.documents.document import Document
from pipeline.engine.cache.slots import SlotStates
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.engine.drafts.pace import steady
from pipeline.engine.engine import Engine
from pipeline.engine.load import identity, load_checkpoint, load_engine, pick_device, settings_without_loading
from pipeline.errors import ModelError
from pipeline.model.family.deepseek_ocr2 import PROMPTS
from pipeline.model.family.member import NgramRule
from pipeline.reader_options import ReaderOptions
from pipeline.transcript import Asked, Finish, PageRef, Source
from pipeline.views import crops
from pipeline.views.rules import OCR2_VIEWS


def greedy(checkpoint, ref, count, size, window):
    """Everything is computed anew for each token; the ban is the released rule in plain Python."""
    network, tokenizer = checkpoint.network, checkpoint.tokenizer
    config = network.config
    with Document(ref.source) as document:
        views = crops.views(document.page(ref.number).pixels)
    tiles = torch.from_numpy(views.local_views)
    ids = prompt_ids(
        PROMPTS["markdown"],
        tokenizer.encode,
        config.bos_token_id,
        config.image_token_id,
        OCR2_VIEWS.tokens(len(tiles), 1),
    )
    answer, probabilities = [], []
    with torch.inference_mode():
        (image,) = network.encode_pages(torch.from_numpy(views.global_view)[None], tiles, [(views.columns, views.rows)])
        while len(answer) < count and config.eos_token_id not in answer:
            embeddings = network.embed(torch.tensor([ids + answer]), image)
            hidden = network.decode(embeddings, torch.arange(len(ids + answer))[None])
            logits = network.lm_head(hidden[0, -1])
            recent = answer[-window:]
            runs = [recent[start : start + size] for start in range(len(recent) - size + 1)]
            banned = {run[-1] for run in runs if run[:-1] == answer[-size + 1 :]} - set(
                tokenizer.made_of(("<td>", "</td>"))
            )
            allowed = logits.clone()
            allowed[list(banned)] = float("-inf")
            answer.append(int(allowed.argmax()))
            probabilities.append(float(logits.softmax(-1)[answer[-1]]))
    return len(ids), answer, sum(probabilities) / len(probabilities)


def by_page(transcripts):
    return {transcript.ref.number: transcript for transcript in transcripts}


def texts(transcripts):
    return {transcript.ref.number: (transcript.text, transcript.output_tokens) for transcript in transcripts}


def test_same_as_a_plain_greedy_loop(checkpoint, make_engine, pages):
    engine = make_engine(slots=3)
    results = by_page(engine.transcribe(pages))
    assert sorted(results) == [1, 2, 3, 4, 5]
    for ref in pages:
        prompt, answer, confidence = greedy(checkpoint, ref, 20, 3, 12)
        transcript = results[ref.number]
        assert transcript.text == checkpoint.tokenizer.decode(answer)
        assert (transcript.finish, transcript.prompt_tokens, transcript.output_tokens) == (Finish.LENGTH, prompt, 20)
        assert transcript.confidence == pytest.approx(confidence, abs=1e-4)
        assert (transcript.width, transcript.height) == (500 if ref.number == 3 else 300, 300)
    assert len({transcript.text for transcript in results.values()}) >= 3, "the text does not depend on the page"


def test_neither_order_nor_company_nor_slots_change_a_page(make_engine, pages):
    some = pages[:4]
    expected = by_page(make_engine(slots=1).transcribe(some))
    for slots in (2, 5):
        engine = make_engine(slots=slots)
        shuffled = random.Random(slots).sample(some, len(some))
        results = by_page(engine.transcribe(shuffled))
        assert {number: each.text for number, each in results.items()} == {
            number: each.text for number, each in expected.items()
        }
        (alone,) = engine.transcribe([pages[2]])  # the same engine again, after other pages
        assert alone.text == expected[3].text


def test_a_page_ends_at_its_end_token(checkpoint, make_engine, pages):
    _, answer, _ = greedy(checkpoint, pages[0], 20, 3, 12)
    eos = next(token for token in answer[5:] if token not in answer[:5])
    place = answer.index(eos)
    (transcript,) = make_engine(eos=eos).transcribe(pages[:1])
    assert transcript.finish is Finish.STOP
    assert transcript.output_tokens == place + 1
    assert transcript.text == checkpoint.tokenizer.decode(answer[:place])


def test_pages_that_end_at_once_are_empty_or_blank(checkpoint, make_engine, pages):
    for ref, finish in ((pages[0], Finish.EMPTY), (pages[4], Finish.BLANK)):
        _, answer, _ = greedy(checkpoint, ref, 1, 3, 12)
        (transcript,) = make_engine(eos=answer[0]).transcribe([ref])
        assert (transcript.text, transcript.finish, transcript.output_tokens) == ("", finish, 1)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_token_limit(make_engine, pages, count):
    for transcript in make_engine(max_tokens=count).transcribe(pages[:3]):
        assert (transcript.output_tokens, transcript.finish) == (count, Finish.LENGTH)


def test_the_networks_positions_limit_the_answer(make_engine, checkpoint, pages, monkeypatch):
    network = checkpoint.network
    longest = len(make_engine().questions.ids(OCR2_VIEWS.most_tokens))
    short = replace(network.config.decoder, max_positions=longest + 4)
    engine = make_engine
    monkeypatch.setattr(network, "config", replace(network.config, decoder=short))
    (transcript,) = engine(max_tokens=5000, ngram=NgramRule(0, 0)).transcribe([pages[0]])
    assert transcript.output_tokens == longest + 4 - transcript.prompt_tokens
    monkeypatch.setattr(network, "config", replace(network.config, decoder=replace(short, max_positions=longest)))
    with pytest.raises(ModelError, match=f"has {longest} positions, a page takes up to {longest}; use another model"):
        engine()
    own = checkpoint, "<image>" + "a" * longest, DecodingOptions()
    with pytest.raises(ModelError, match="; use a shorter prompt or another model"):
        Engine(*own)


def test_a_page_of_narrow_lines_has_more_tiles_where_the_checkpoint_learned_them(
    make_engine, checkpoint, monkeypatch, tmp_path
):
    page = np.full((1684, 1191), 255, np.uint8)
    for y in range(100, 1600, 16):
        for x in range(80, 1100, 37):
            page[y : y + 8, x : x + 25] = 0
    Image.fromarray(page).save(tmp_path / "small.png")
    ref = PageRef(Source(tmp_path / "small.png", "small.png"), 1)
    images = []
    for dense in (0, 12):
        config = checkpoint.network.config
        config = replace(config, dense_tiles=dense, decoder=replace(config.decoder, max_positions=2100))
        monkeypatch.setattr(checkpoint.network, "config", config)
        engine = make_engine(max_tokens=2)
        (transcript,) = engine.transcribe([ref])
        images.append(transcript.prompt_tokens - len(engine.questions.ids(257)))
    assert images == [144 * 6, 144 * 12]


def test_without_the_ban_runs_repeat(make_engine, pages):
    rules = {0: NgramRule(0, 0), 3: NgramRule(3, 12)}
    tokens = {
        size: next(make_engine(max_tokens=60, ngram=rule).transcribe(pages[:1])).text for size, rule in rules.items()
    }
    assert tokens[0] != tokens[3]


def test_pages_are_pulled_only_when_there_is_a_slot(make_engine, pulled):
    for done, _ in enumerate(make_engine(slots=2).transcribe(pulled)):
        assert pulled.count <= done + 2
    assert pulled.count == 5


def test_pages_that_cannot_be_opened_are_errors_and_the_others_are_read(make_engine, pages, tmp_path):
    missing = PageRef(Source(tmp_path / "none.pdf", "none.pdf"), 1)
    beyond = replace(pages[0], number=9)
    results = list(make_engine().transcribe([missing, pages[0], beyond, pages[1]]))
    failed = {result.ref: result.error for result in results if result.finish is Finish.ERROR}
    assert failed.keys() == {missing, beyond}
    assert "none.pdf" in failed[missing]
    assert failed[beyond] == "five.pdf has no page 9: it has 5"
    assert {result.ref for result in results if result.finish is Finish.LENGTH} == set(pages[:2])


def test_settings_change_with_all_that_the_text_depends_on(make_engine, checkpoint, make_tiny_checkpoint, tmp_path):
    base = make_engine().settings
    assert make_engine().settings == make_engine(slots=7).settings == base
    changed = [make_engine(**{key: 30}).settings for key in ("max_tokens", "dpi")]
    changed += [make_engine(**{key: NgramRule(3, 30)}).settings for key in ("ngram", "image_ngram")]
    other = load_checkpoint(str(make_tiny_checkpoint(tmp_path / "other", seed=1)), torch.device("cpu"))
    assert other.identity != checkpoint.identity
    assert len({base, *changed}) == 5


@pytest.mark.parametrize("what", ["ocr2", "pymupdf", "pillow"])
def test_settings_change_with_versions_that_the_text_depends_on(make_engine, monkeypatch, what):
    from pipeline.engine import settings as engine

    base = make_engine().settings
    if what == "ocr2":
        monkeypatch.setattr(engine, "VERSION", engine.VERSION + 1)
    else:
        known = engine.version
        monkeypatch.setattr(engine, "version", lambda name: "other" if name == what else known(name))
    assert make_engine().settings != base


def test_identity_sees_the_tokenizer(make_tiny_checkpoint, tmp_path):
    folder = make_tiny_checkpoint(tmp_path / "own")
    before = identity(folder)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, indent=1))
    assert identity(folder) != before


def test_loading_by_name(tiny_checkpoint, pages):
    engine = load_engine(str(tiny_checkpoint), ReaderOptions(device="cpu", max_tokens=3, task="ocr"))
    assert engine.name == str(tiny_checkpoint)
    (transcript,) = engine.transcribe(pages[:1])
    assert (transcript.reader, transcript.output_tokens) == (engine.name, 3)


def test_a_device_that_is_not_there():
    with pytest.raises(ModelError, match="there is no device 'cuda:77' here"):
        pick_device("cuda:77")
    with pytest.raises(ModelError, match="there is no device 'toaster' here"):
        pick_device("toaster")


def test_loaded_engines_pack_their_network_and_say_the_same(tiny_checkpoint, make_engine, pages):
    options = ReaderOptions(device="cpu", max_tokens=20)
    packed, plain = load_engine(str(tiny_checkpoint), options), make_engine(ngram=NgramRule(20, 50))
    assert texts(packed.transcribe(pages)) == texts(plain.transcribe(pages))


def test_a_loop_is_cut_off_wherever_the_engine_looks(checkpoint, pages, monkeypatch):
    """Behind its hundredth token an answer goes round in circles. How often it is looked at must not matter."""
    choose = SlotStates._choose

    def circling(states, logits, written):
        chosen, probability = choose(states, logits, written)
        if written is None:
            return chosen, probability
        return torch.where(written.counts > 100, written.counts % 7 + 20, chosen), probability

    monkeypatch.setattr(SlotStates, "_choose", circling)
    options = DecodingOptions(max_tokens=900, ngram=NgramRule(3, 12))
    (plain,) = Engine(checkpoint, PROMPTS["markdown"], replace(options, stop_loops=False), 1).transcribe(pages[:1])
    assert (plain.finish, plain.output_tokens) == (Finish.LENGTH, 900)
    results = []
    for steps, ahead in ((1, 0), (8, 1), (5, 2)):
        engine = Engine(checkpoint, PROMPTS["markdown"], options, 3)
        engine._pace, engine._looks_ahead = steady(steps), ahead
        results.append(by_page(engine.transcribe(pages[:4])))
    assert texts(results[0].values()) == texts(results[1].values()) == texts(results[2].values())
    first = results[0][1]
    assert {each.finish for each in results[0].values()} == {Finish.LOOP}
    assert first.output_tokens < 108 + 200
    assert plain.text.startswith(first.text)
    assert 1 <= first.text.count(")*+") <= 2


def test_a_bare_page_costs_no_token(make_engine, tmp_path):
    path = tmp_path / "bare.pdf"
    with pymupdf.open() as document:
        document.new_page()
        document.save(path)
    (transcript,) = make_engine().transcribe([PageRef(Source(path, "bare.pdf"), 1)])
    assert (transcript.finish, transcript.prompt_tokens, transcript.width) == (Finish.BLANK, 0, 595)


def test_further_attempts_ban_more_and_cut_otherwise(make_engine, pages):
    engine = make_engine(slots=3, max_tokens=120)
    again = [replace(pages[2], attempt=attempt) for attempt in range(3)]
    first, wider, other = sorted(engine.transcribe(again), key=lambda each: each.ref.attempt)
    assert first.prompt_tokens == wider.prompt_tokens != other.prompt_tokens
    assert first.text != wider.text
    (same,) = engine.transcribe([pages[2]])
    assert same.text == first.text


def test_a_page_that_lies_on_its_side_is_read_upright_and_its_boxes_lie_as_it_does(make_engine, tmp_path, monkeypatch):
    """Whatever the network says, its boxes are of the page that it saw, and the transcript's of the page as it is."""
    said = "<|ref|>text<|/ref|><|det|>[[100, 200, 300, 250]]<|/det|>\nwords"
    with pymupdf.open() as document:
        for turns in range(4):
            page = document.new_page(width=400, height=400)
            words = "These words say how the page stands. " * 8
            page.insert_textbox((20, 20, 380, 380), words, fontsize=18, rotate=(-90 * turns) % 360)
        document.save(tmp_path / "a.pdf")
    engine = make_engine(max_tokens=2)
    monkeypatch.setattr(type(engine._checkpoint.tokenizer), "decode", lambda self, tokens: said)
    refs = [PageRef(Source(tmp_path / "a.pdf", "a.pdf"), number) for number in range(1, 5)]
    read = by_page(engine.transcribe(refs))
    turned = {number: (page.turned, page.text.split("[[")[1].split("]]")[0]) for number, page in read.items()}
    assert turned == {
        1: (0, "100, 200, 300, 250"),
        2: (1, "749, 100, 799, 300"),
        3: (2, "699, 749, 899, 799"),
        4: (3, "200, 699, 250, 899"),
    }
    monkeypatch.setattr(engine, "_options", replace(engine._options, upright=False))
    assert {page.turned for page in engine.transcribe(refs)} == {0}


@pytest.mark.parametrize("change", [{"upright": False}, {"dpi": 100}, {"max_tokens": 9}, {"task": "ocr"}])
def test_what_changes_the_text_changes_the_key(tiny_checkpoint, change):
    usual = ReaderOptions(str(tiny_checkpoint), "cpu")
    other = replace(usual, **change)
    keys = [settings_without_loading(usual.model, options) for options in (usual, other)]
    assert keys[0] != keys[1]
    assert load_engine(other.model, other, slots=1).settings == keys[1]


def test_a_page_is_read_as_it_was_asked_for_and_told_while_it_is_written(make_engine, pages):
    engine, heard = make_engine(2, max_tokens=20, stop_loops=True), []
    engine.hear = lambda ref, tokens: heard.append((ref, list(tokens)))
    plain, silent, loud = (
        replace(pages[0], asked=asked)
        for asked in (None, Asked(pdf=True, limit=7), Asked("<image>\nFree OCR.", pdf=True, aloud=True))
    )
    read = {page.ref: page for page in engine.transcribe([plain, silent, loud])}
    assert read[silent].output_tokens == 7
    assert read[plain].text.startswith(read[silent].text)
    assert read[loud].prompt_tokens < read[plain].prompt_tokens
    assert {ref for ref, _ in heard} == {loud}
    told = engine._checkpoint.tokenizer.decode([token for _, tokens in heard for token in tokens])
    assert read[loud].text.startswith(told[:-1])  # it may end within a character
    assert len(heard) > 10


def test_a_page_that_nobody_wants_any_more_leaves_its_slot_to_the_next(make_engine, pages):
    engine = make_engine(1, max_tokens=200, stop_loops=True)
    unwanted, wanted = replace(pages[0], asked=Asked(aloud=True)), pages[1]
    alone = list(engine.transcribe([wanted]))
    written = []

    def hear(ref, tokens):
        written.extend(tokens)
        if len(written) >= 3:
            engine.drop(ref)

    engine.hear = hear
    first, second = engine.transcribe([unwanted, wanted])
    assert (first.ref, first.finish, first.text) == (unwanted, Finish.ERROR, "")
    assert len(written) < 20
    assert [second] == alone

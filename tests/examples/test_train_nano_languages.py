"""Training pages in other languages, seen from a side, and through a fax."""

from __future__ import annotations

import lzma
from dataclasses import replace

import numpy as np
import pytest
import torch
from train_nano.alphabet import encode
from train_nano.curriculum import LEVELS, Mixer
from train_nano.degrade import Degrader, photograph, resample
from train_nano.lie import FLAT, Lie
from train_nano.losses import Trainer
from train_nano.model import nano_config
from train_nano.pages import Difficulty, make_page
from train_nano.state import Progress, restore, save
from train_nano.targets import CHARACTERS, CLASS, CLASSES, example
from train_nano.texts import LANGUAGES, MARKED, Texts, mutate

from pipeline.model.network import Network

HEAD = "<|ref|>text<|/ref|><|det|>[[100, 200, 900, 400]]<|/det|>\n"


def test_every_letter_of_every_language_can_be_drawn_and_has_a_class():
    for letters in MARKED.values():
        assert (encode(letters) >= 0).all()
        assert set(letters) <= set(CLASS)
    assert len(CHARACTERS) == len(set(CHARACTERS))
    assert CLASSES < 256  # labels are bytes


@pytest.fixture
def mixed(assets, tmp_path):
    """The assets with a little Czech, and one family of three that has its letters."""
    for name in ("cs", "cs-headings", "tables"):
        line = '[[["a",1,1],["b",1,1]]]' if name == "tables" else "příliš žluťoučký kůň úpěl ďábelské ódy"
        ending = "jsonl.xz" if name == "tables" else "txt.xz"
        (tmp_path / f"{name}.{ending}").write_bytes(lzma.compress(f"{line}\n".encode() * 64 * 12))
    able = [replace(family, has=np.ones_like(family.has)) for family in assets.families[1:]]
    texts = assets.texts | {"cs": Texts(tmp_path, "train", "cs")}
    return replace(assets, families=[assets.families[0], *able], texts=texts)


def test_only_fonts_with_all_letters_of_a_language_set_it(mixed):
    assert mixed.families_of("en") == mixed.families
    assert mixed.families_of("cs") == mixed.families[1:]


def test_a_page_is_drawn_in_the_wanted_language(mixed):
    page = make_page(np.random.default_rng(1), mixed, Difficulty("small", "paragraphs", (8, 9), language="cs"))
    assert set(MARKED["cs"]) & set(page.text)
    assert "plain" not in page.text
    english = make_page(np.random.default_rng(1), mixed, Difficulty("small", "paragraphs", (8, 9)))
    assert "plain" in english.text


def test_some_pages_are_in_other_languages_and_else_nothing_is_drawn_differently():
    mixer = Mixer(len(LEVELS) - 1, LEVELS, foreign=0.4)
    rng = np.random.default_rng(1)
    drawn = [mixer(rng).language for _ in range(400)]
    assert set(drawn) == {"en", *LANGUAGES}
    assert 130 < sum(language != "en" for language in drawn) < 190
    assert {Mixer(0)(rng).language for _ in range(50)} == {"en"}


def test_changed_letters_are_those_of_the_language():
    rng = np.random.default_rng(2)
    changed = mutate("a" * 4000, rng, "ąę")
    assert 0.03 < sum(c in "ąę" for c in changed) / 4000 < 0.08
    assert set(mutate("a" * 4000, rng)) <= set("abcdefghijklmnopqrstuvwxyz")


def test_heads_of_fewer_letters_begin_as_those_of_the_plain_letter(tokenizer, tmp_path):
    config = nano_config(tokenizer)
    small = replace(
        config, vision=replace(config.vision, layers=1, global_layers=()), encoder=replace(config.flow, layers=1)
    )
    trainer = Trainer(Network(small))
    torch.nn.init.normal_(trainer.place_heads[1].weight)
    save(trainer, Progress(), tmp_path)
    before = CLASS["ą"]  # the first that came later stands further on; all from here on are cut off
    from safetensors.torch import load_file, save_file

    for shard in tmp_path.glob("state-*.safetensors"):
        weights = load_file(shard)
        for name in weights:
            if name.startswith(("patch_head.", "place_heads.")):
                weights[name] = weights[name].unflatten(0, (-1, CLASSES))[:, :before].flatten(0, 1).contiguous()
        save_file(weights, shard)
    other = Trainer(Network(small))
    restore(other, tmp_path)
    for head, old in ((other.place_heads[1], trainer.place_heads[1]), (other.patch_head, trainer.patch_head)):
        rows, known = (h.weight.detach().unflatten(0, (-1, CLASSES)) for h in (head, old))
        assert torch.equal(rows[:, CLASS["ř"]], known[:, CLASS["r"]].bfloat16().float())
        assert torch.equal(rows[:, CLASS["ł"]], known[:, CLASS["l"]].bfloat16().float())
        assert torch.equal(rows[:, CLASS["q"]], known[:, CLASS["q"]].bfloat16().float())


@pytest.mark.parametrize("lie", [Lie(1.5, 0.05, -0.04), Lie(across=0.1), Lie(-2.0), FLAT])
def test_a_page_seen_from_a_side_has_its_letters_where_their_boxes_are(lie):
    page = torch.ones(1, 1, 400, 300)
    boxes = np.array([[40, 50, 52, 70], [250, 330, 262, 350], [20, 360, 32, 380]], np.float32)
    for x0, y0, x1, y1 in boxes.astype(int).tolist():
        page[..., y0:y1, x0:x1] = 0.0
    seen = photograph(page, lie)[0, 0] < 0.5
    moved = lie.boxes(boxes, 300, 400)
    for x0, y0, x1, y1 in moved.round().astype(int).tolist():
        assert seen[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2].float().mean() > 0.95
    assert seen.sum() == pytest.approx(((moved[:, 2:] - moved[:, :2]).prod(1)).sum(), rel=0.1)


def test_blocks_move_as_the_page_lies(tokenizer, sample):
    flat, seen = (example(sample(HEAD + "qxz", "qxz"), tokenizer, lie) for lie in (FLAT, Lie(across=0.2)))
    boxes = [
        [int(n) for n in tokenizer.decode(page.ids.tolist()).split("[[")[1].split("]]")[0].split(", ")]
        for page in (flat, seen)
    ]
    assert boxes[0] == [100, 200, 900, 400]
    # the right edge of the block, .4 of the width from the middle, is 1.16 times as far away as the middle
    assert boxes[1][2] == pytest.approx(500 + 400 * 0.8 / 1.16, abs=3)
    assert boxes[1][0] == pytest.approx(500 - 400 * 0.8 / 0.84, abs=3)


def test_a_fax_is_black_and_white_and_coarser_down_than_across():
    page = torch.full((200, 150), 255, dtype=torch.uint8)
    page[60:140, 70:76] = 0
    seen = Degrader(3, clean_share=0.0, faxes=1.0).wear(page)
    assert set(seen.unique().tolist()) == {0, 255}
    lines = torch.zeros(1, 1, 120, 120)
    lines[:, :, ::2] = 1.0
    assert resample(lines, 1.0, 0.5).std() < 0.1 < resample(lines.mT, 1.0, 0.5).std()


def test_paragraphs_and_headings_come_from_help_pages_once_each(tmp_path):
    pytest.importorskip("fontTools", reason="what prepares pages needs fontTools")
    from train_nano import prepare_languages

    folder = tmp_path / "libreoffice-help-pl" / "pl" / "text" / "shared"
    folder.mkdir(parents=True)
    body = "<h1>1.2. Wstawianie tabeli</h1><p>Wybierz polecenie, aby wstawić żądaną tabelę.</p>"
    page = f"<html><body><header><p>To jest tylko nagłówek strony, nic więcej.</p></header>{body}{body}</body></html>"
    (folder / "a.html").write_text(page, encoding="utf-8")
    paragraphs, headings = prepare_languages.collect("pl", tmp_path)
    assert paragraphs == ["Wybierz polecenie, aby wstawić żądaną tabelę."]
    assert headings == ["Wstawianie tabeli"]
    assert prepare_languages.licences("pl") == ["pl.txt.xz\tlibreoffice-help-pl\tMPL-2.0"]

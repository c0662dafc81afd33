"""What each member does for the options of a command line, word for word and number for number as released."""

from __future__ import annotations

import pytest

from pipeline.errors import UserError
from pipeline.model.family.asked import check_ngram, dpi_for, ngrams_for, prompt_for, views_for
from pipeline.model.family.deepseek_ocr import DEEPSEEK_OCR
from pipeline.model.family.deepseek_ocr2 import DEEPSEEK_OCR2
from pipeline.model.family.known import MEMBERS, released_as
from pipeline.model.family.member import NgramRule
from pipeline.model.family.unlimited_ocr import UNLIMITED_OCR
from pipeline.reader_options import Mode, ReaderOptions


@pytest.mark.parametrize("member", [DEEPSEEK_OCR2, DEEPSEEK_OCR], ids=lambda member: member.name)
@pytest.mark.parametrize(
    ("options", "prompt"),
    [
        (ReaderOptions(), "<image>\n<|grounding|>Convert the document to markdown."),
        (ReaderOptions(task="ocr"), "<image>\nFree OCR."),
        (ReaderOptions(task="grounded-ocr"), "<image>\n<|grounding|>OCR this image."),
        (ReaderOptions(task="figure"), "<image>\nParse the figure."),
        (ReaderOptions(task="describe"), "<image>\nDescribe this image in detail."),
        (ReaderOptions(locate="the  {red}\nball"), "<image>\nLocate <|ref|>the {red} ball<|/ref|> in the image."),
        (ReaderOptions(prompt="How many?"), "<image>\nHow many?"),
        (ReaderOptions(prompt="Look: <image> What?"), "Look: <image> What?"),
    ],
)
def test_prompts_of_the_first_two(member, options, prompt):
    assert prompt_for(member, options) == prompt


def test_prompts_of_the_unlimited_one():
    assert prompt_for(UNLIMITED_OCR, ReaderOptions()) == "<image>document parsing."
    assert prompt_for(UNLIMITED_OCR, ReaderOptions(prompt="Why?")) == "<image>Why?"
    with pytest.raises(UserError, match="Unlimited-OCR has no task 'ocr': use markdown, or a --prompt"):
        prompt_for(UNLIMITED_OCR, ReaderOptions(task="ocr"))
    with pytest.raises(UserError, match="no task 'locate'"):
        prompt_for(UNLIMITED_OCR, ReaderOptions(locate="here"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ReaderOptions(prompt="a", locate="b"), "--prompt and --locate cannot both be given"),
        (
            ReaderOptions(prompt="a", task="ocr"),
            "--prompt and --task cannot both be given: each is a prompt of its own",
        ),
        (ReaderOptions(locate="a", task="ocr"), "--locate and --task cannot both be given"),
        (ReaderOptions(prompt="<image> and <image>"), "more than once"),
        (ReaderOptions(prompt=" "), "--prompt is empty"),
        (ReaderOptions(locate=" "), "words to look for"),
        (ReaderOptions(locate="x<|/ref|>"), "words to look for"),
        (ReaderOptions(locate="x" * 401), "words to look for"),
    ],
)
def test_prompts_that_cannot_be(options, message):
    with pytest.raises(UserError, match=message):
        prompt_for(DEEPSEEK_OCR, options)


@pytest.mark.parametrize(
    ("member", "pdf", "image", "benchmark", "dpi"),
    [
        (DEEPSEEK_OCR2, (20, 50), (20, 90), (40, 90), 144),
        (DEEPSEEK_OCR, (20, 50), (30, 90), (40, 90), 144),
        (UNLIMITED_OCR, (35, 128), (35, 128), (35, 128), 300),
    ],
)
def test_what_its_makers_run_it_with(member, pdf, image, benchmark, dpi):
    assert ngrams_for(member, "auto") == (NgramRule(*pdf), NgramRule(*image))
    assert ngrams_for(member, "benchmark") == (NgramRule(*benchmark),) * 2
    assert ngrams_for(member, "5/9") == (NgramRule(5, 9),) * 2
    assert ngrams_for(member, "off") == (NgramRule(0, 0),) * 2
    assert dpi_for(member, ReaderOptions()) == dpi
    assert dpi_for(member, ReaderOptions(dpi=96)) == 96


@pytest.mark.parametrize("asked", ["20", "1/5", "9/5", "a/b", "-2/5", "", "20/50/3"])
def test_no_rule(asked):
    with pytest.raises(UserError, match=r"--ngram .*: give auto, benchmark, off, or SIZE/WINDOW like 20/90"):
        check_ngram(asked)


def test_modes():
    bases: dict[Mode, int] = {"tiny": 512, "small": 640, "base": 1024, "large": 1280, "gundam": 1024}
    for mode, base in bases.items():
        assert views_for(DEEPSEEK_OCR, ReaderOptions(mode=mode)).base == base
    assert views_for(DEEPSEEK_OCR, ReaderOptions()) == DEEPSEEK_OCR.modes["gundam"]
    with pytest.raises(UserError, match="DeepSeek-OCR 2 has no mode 'tiny': use gundam"):
        views_for(DEEPSEEK_OCR2, ReaderOptions(mode="tiny"))
    with pytest.raises(UserError, match="Unlimited-OCR has no mode 'large': use base, gundam"):
        views_for(UNLIMITED_OCR, ReaderOptions(mode="large"))


@pytest.mark.parametrize(
    ("asked", "learned", "dense"), [("auto", 0, 0), ("auto", 12, 12), ("6", 12, 0), ("20", 12, 20)]
)
def test_tiles_for_narrow_lines_are_those_asked_for_else_those_learned(asked, learned, dense):
    rules = views_for(DEEPSEEK_OCR2, ReaderOptions(views=asked), learned)
    assert (rules.most_tiles, rules.dense_tiles) == (6, dense)
    with pytest.raises(UserError, match="--views is for DeepSeek-OCR 2 and nano, not for Unlimited-OCR"):
        views_for(UNLIMITED_OCR, ReaderOptions(views="12"))


@pytest.mark.parametrize("asked", ["5", "37", "many", "", "-6"])
def test_views_are_auto_or_as_many_as_a_network_may_have(asked):
    with pytest.raises(UserError, match=f"--views is auto or a number from 6 to 36, not '{asked}'"):
        views_for(DEEPSEEK_OCR2, ReaderOptions(views=asked))


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_released_weights_are_known_by_their_address(member):
    assert released_as(member.repository.upper()) is member
    assert released_as("somebody/else") is None


NO_TEXT = b"caf\xe9".decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("options", [ReaderOptions(prompt=NO_TEXT), ReaderOptions(locate=NO_TEXT)])
def test_bytes_that_are_no_text_are_refused(options):
    with pytest.raises(UserError, match=r"--(prompt|locate) has bytes that are no UTF-8"):
        prompt_for(DEEPSEEK_OCR2, options)

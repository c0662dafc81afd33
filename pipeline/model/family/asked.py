"""What a member is to do for options that a command line can name: its views, prompt, n-grams and resolution."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from pipeline.errors import UserError
from pipeline.model.config import IMAGE
from pipeline.model.family.member import Member, NgramRule, Together
from pipeline.reader_options import ReaderOptions
from pipeline.views.rules import OCR2_VIEWS, ViewRules

_RULE: Final = re.compile(r"(\d{1,4})/(\d{1,5})")
_TILES: Final = range(6, 37)
"""As few as the released network has learned, as many as a `config.json` may name."""
_NAMED: Final = ("auto", "benchmark")
_OFF: Final = NgramRule(0, 0)
_READS_MANY: Final = "baidu/Unlimited-OCR"
# Characters: a place's text is a phrase, and the prompt has to fit beside the image. Chosen, not measured.
_LOCATED: Final = 400


def views_for(member: Member, options: ReaderOptions, learned: int = 0) -> ViewRules:
    """Those of the mode that is asked for, else of the usual one, with as many tiles for a page of narrow lines as are
    asked for, else as the network has `learned`. Raises UserError for a mode or for tiles that it does not have."""
    mode = options.mode or member.mode
    if mode not in member.modes:
        raise UserError(f"{member.name} has no mode {mode!r}: use {_listed(member.modes)}")
    rules = member.modes[mode]
    asked = parse_views(options.views)
    if asked is None:
        return replace(rules, dense_tiles=learned)
    if (rules.tile, rules.base, rules.newlines) != (OCR2_VIEWS.tile, OCR2_VIEWS.base, OCR2_VIEWS.newlines):
        raise UserError(f"--views is for DeepSeek-OCR 2 and nano, not for {member.name}: leave it out, or see --mode")
    return replace(rules, dense_tiles=asked if asked > rules.most_tiles else 0)


def parse_views(asked: str) -> int | None:
    """The most tiles that a page of narrow lines may get; None for auto. Raises UserError for anything else."""
    if asked == "auto":
        return None
    if not asked.isdecimal() or int(asked) not in _TILES:
        raise UserError(f"--views is auto or a number from {_TILES.start} to {_TILES.stop - 1}, not {asked!r}")
    return int(asked)


def prompt_for(member: Member, options: ReaderOptions) -> str:
    """The prompt, with `<image>` in it once. Raises UserError for a task that the member was not made for, and where
    more than one of task, `prompt` and `locate` is given; the usual task is as good as none."""
    own = {"--prompt": options.prompt, "--locate": options.locate}
    given = [name for name, text in own.items() if text is not None]
    given += ["--task"] if options.task != ReaderOptions().task else []
    if len(given) > 1:
        raise UserError(f"{given[0]} and {given[1]} cannot both be given: each is a prompt of its own")
    if options.prompt is not None:
        return _free(member, _text(options.prompt, "--prompt"))
    if options.locate is not None:
        return _task(member, "locate").replace("{text}", _located(_text(options.locate, "--locate")))
    return _task(member, options.task)


def ngrams_for(member: Member, asked: str) -> tuple[NgramRule, NgramRule]:
    """What must not repeat on pages of PDFs and on images; `asked` is auto, benchmark, off or SIZE/WINDOW."""
    if asked == "auto":
        return member.ngrams["pdf"], member.ngrams["image"]
    rule = member.ngrams["benchmark"] if asked == "benchmark" else parse_ngram(asked)
    return rule, rule


def check(member: Member, options: ReaderOptions) -> None:
    """Raises UserError for what a member cannot do."""
    views_for(member, options)
    prompt_for(member, options)
    ngrams_for(member, options.ngram)
    together_for(member, options)
    if options.figures == "parse" and "figure" not in member.prompts:
        raise UserError(f"{member.name} has no task 'figure': leave --figures parse out, or use DeepSeek-OCR 2")


def check_ngram(asked: str) -> None:
    """Raises UserError for what is no rule for any member."""
    if asked not in _NAMED:
        parse_ngram(asked)


def parse_ngram(asked: str) -> NgramRule:
    """`35/128` as a rule; `off` bans nothing. Raises UserError."""
    if asked == "off":
        return _OFF
    try:
        found = _RULE.fullmatch(asked.strip())
        if found is None:
            raise ValueError("not two numbers")
        return NgramRule(int(found[1]), int(found[2]))
    except ValueError as error:
        raise UserError(
            f"--ngram {asked}: give auto, benchmark, off, or SIZE/WINDOW like 20/90, a size of 2 or more that fits "
            "into its window"
        ) from error


def together_for(member: Member, options: ReaderOptions) -> Together | None:
    """How pages are read several at once; None where they are not to be. Raises UserError for a member that cannot."""
    if options.pages_at_once == 1:
        return None
    if "pages" not in member.prompts:
        raise UserError(f"{member.name} reads page by page: leave --pages-at-once out, or give --model {_READS_MANY}")
    if options.task != "markdown" or options.prompt is not None or options.locate is not None:
        raise UserError("--pages-at-once reads documents: it goes with no other --task, --prompt or --locate")
    ngram = member.ngrams["pages"] if options.ngram == "auto" else ngrams_for(member, options.ngram)[0]
    return Together(options.pages_at_once, member.prompts["pages"], member.modes["base"], ngram)


def dpi_for(member: Member, options: ReaderOptions) -> int:
    """The resolution that is asked for, else its makers'."""
    return options.dpi or member.dpi


def _task(member: Member, task: str) -> str:
    if task not in member.prompts:
        raise UserError(f"{member.name} has no task {task!r}: use {_listed(member.tasks)}, or a --prompt of your own")
    return member.prompts[task]


def _text(given: str, option: str) -> str:
    """A shell hands on any bytes; no tokenizer and no server takes those that are no text."""
    try:
        given.encode()
    except UnicodeEncodeError:
        raise UserError(f"{option} has bytes that are no UTF-8: give it in that encoding") from None
    return given


def _free(member: Member, prompt: str) -> str:
    """A prompt that names no place for the image gets the image in front, as the member's own prompts have it."""
    if not prompt.strip():
        raise UserError("--prompt is empty: give the words, or leave it out")
    if prompt.count(IMAGE) > 1:
        raise UserError(f"--prompt has {IMAGE} more than once: a page is one image")
    return prompt if IMAGE in prompt else member.lead + prompt


def _located(text: str) -> str:
    """Only what can stand between the marks of the prompt."""
    words = " ".join(text.split())
    if not words or len(words) > _LOCATED or IMAGE in words or "<|" in words:
        raise UserError(f"--locate takes words to look for, up to {_LOCATED} characters and none of the model's marks")
    return words


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))

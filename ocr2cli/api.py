"""The Python API: documents in, results out. Nothing is printed, and no file of the process is touched.

>>> from ocr2cli import convert, convert_many
>>> result = convert("examples/paper.pdf", model="text-layer", pages="1")
>>> "# Reading a Page in Causal Order" in result.markdown
True
>>> list(result.pictures), result.failed, result.readers
(['paper/p001-1.png', 'paper/p001-2.png'], (), {'text-layer': 1})
>>> title = next(block for block in result.pages[0].blocks if block.level == 1)
>>> title.label, title.text
('title', '# Reading a Page in Causal Order')
>>> for result in convert_many(["examples/paper.pdf", "missing.pdf"], model="text-layer"):
...     print(result.name, len(result.pages), result.error)
examples/paper.pdf 2 None
missing.pdf 0 missing.pdf does not exist: check the path

It works in a notebook, in a thread, and in a script without `if __name__ == "__main__"`.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import BinaryIO, TypedDict, Unpack

from ocr2cli.batch.batch import Batch
from ocr2cli.batch.told import Converted
from ocr2cli.inputs.plan import Job
from ocr2cli.options import Extras, Format, Options
from ocr2cli.record.outcome import Outcome, PageNote
from ocr2cli.record.target import Target
from output.grounding.blocks import PageBlocks
from output.options import RenderOptions
from pipeline.documents.document import PageRanges
from pipeline.errors import UserError
from pipeline.reader_options import AUTO, ReaderOptions
from pipeline.readers.choice import Choice
from pipeline.readers.opening import open_transcriber
from pipeline.record.places import bare
from pipeline.stores.urls import local, parse
from pipeline.transcriber import Transcriber
from pipeline.transcript import Finish, Transcript

log = logging.getLogger("ocr2")
"""Hears, at level INFO, what the command line would note: which model stands in, which name was taken."""

Input = str | os.PathLike[str] | bytes | BinaryIO
"""A PDF or an image: its path or URL (s3://, gs://, az://, https://), its bytes, or a file that is open for reading
bytes."""


@dataclass(frozen=True)
class Progress:
    """A page is done: the `page`th, from 1, of the input of this name. `done` pages of the `begun` are."""

    name: str
    page: int
    finish: Finish
    done: int
    begun: int


@dataclass(frozen=True)
class Result:
    """One document. `pages` have every block with its label, place and text, and the confidence of who read it (0..1).

    `pictures` are PNG or JPEG files by the path under which the Markdown links them, relative to its own folder.
    `failed` says of each page without full text why; `warnings` has a line for all else that is missing or doubtful;
    `readers` counts pages by who read them. `files` is what was written, where an `output` was given:
    paths, or URLs. `error` says why there is no result at all; `convert` raises it.
    """

    name: str
    markdown: str = ""
    pages: tuple[PageBlocks, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    failed: tuple[PageNote, ...] = ()
    warnings: tuple[str, ...] = ()
    readers: Mapping[str, int] = field(default_factory=dict)
    files: tuple[Path | str, ...] = ()
    error: UserError | None = None


class Wishes(TypedDict, total=False):
    """How to convert; all of it may be left out.

    `model`: as --model, "auto" by default. `pages`: "1,3-5,9-". `passwords`: tried in order. `output`: a folder, or a
    URL in a bucket, in which the files stay as `ocr2 convert -o` writes them, so that a second call goes on where the
    first one stopped; `force` reads all anew. `reading`, `style`, `extras`: all that the options of the command line
    can say. `reader`: an open reader (`pipeline.open_transcriber`) for many calls, which stays open. `on_page` is
    called after each page.
    """

    model: str
    pages: str
    passwords: tuple[str, ...]
    output: str | os.PathLike[str]
    force: bool
    reading: ReaderOptions
    style: RenderOptions
    extras: Extras
    reader: Transcriber
    on_page: Callable[[Progress], None]


def convert(source: Input, **wishes: Unpack[Wishes]) -> Result:
    """One document; see `Wishes`.

    Raises UserError, with the remedy in its text: InputError where it cannot be read, ModelError where no model can be
    had, OutputError where `output` cannot be written. A page that fails raises nothing: see `Result.failed`.
    """
    (result,) = convert_many([source], **wishes)
    if result.error is not None:
        raise result.error
    return result


def convert_many(sources: Iterable[Input], **wishes: Unpack[Wishes]) -> Iterator[Result]:
    """Documents one after the other, with the model loaded once and its batches filled across documents.

    Sources are taken as there is room; results come in their order, and may be left off at any time. A document that
    cannot be read is a result with an `error`; what ends everything (no model, no room) is raised.
    """
    options = _options(wishes)
    with ExitStack() as stack:
        # Without an `output` files are still written, by the same code, and taken from there: one way for both.
        spool = Path(stack.enter_context(TemporaryDirectory(prefix="ocr2-")))
        output = Path(wishes["output"]) if "output" in wishes else spool / "out"
        target = stack.enter_context(Target(output))
        listener = _Listener(wishes.get("on_page", lambda progress: None))
        reader = wishes.get("reader") or stack.enter_context(closing(_opened(options.reading, listener)))
        batch = Batch(_jobs(sources, spool), options, reader, target, listener, content=True)
        for converted in stack.enter_context(closing(batch.results())):
            result = _result(converted)
            if "output" not in wishes:
                _remove(converted.outcome.files)
                result = replace(result, files=())
            yield result


def _options(wishes: Wishes) -> Options:
    reading = wishes.get("reading", ReaderOptions())
    if (model := wishes.get("model", AUTO)) != AUTO:
        reading = replace(reading, model=model)
    if pages := wishes.get("pages"):
        PageRanges.parse(pages)  # a mistake shows before a model is loaded
    return Options(
        pages=wishes.get("pages"), passwords=tuple(wishes.get("passwords", ())), force=wishes.get("force", False),
        reading=reading, style=wishes.get("style", RenderOptions()),
        extras=_with_markdown(wishes.get("extras", Extras())),
    )  # fmt: skip


def _with_markdown(extras: Extras) -> Extras:
    """A result always has it."""
    return replace(extras, formats=extras.formats | {Format.MD})


def _opened(reading: ReaderOptions, listener: _Listener) -> Transcriber:
    reader, choice = open_transcriber(reading)
    listener.choice = choice
    if choice.warning:
        listener.note(choice.warning)
    return reader


def _jobs(sources: Iterable[Input], spool: Path) -> Iterator[Job]:
    """What has no path gets a private file, which lives as long as the call."""
    for number, source in enumerate(sources, 1):
        if isinstance(source, str | os.PathLike):
            if (url := parse(os.fspath(source))) is not None:
                yield Job(url.path, url.public, bare(PurePath(url.name.name)), url, url.name)
                continue
            path = Path(local(os.fspath(source)))
            yield Job(path, str(path), bare(PurePath(path.name)))
            continue
        path = spool / f"document-{number}"
        with path.open("wb") as file:
            if isinstance(source, bytes):
                file.write(source)
            else:
                shutil.copyfileobj(source, file)
        yield Job(path, path.name, PurePath(path.name))


def _result(converted: Converted) -> Result:
    outcome, written = converted.outcome, converted.written
    content = converted.content
    if written is None or content is None:
        return Result(outcome.name, error=outcome.error)
    doubts = (*outcome.doubtful, *outcome.unread, *outcome.unaccounted)
    return Result(
        outcome.name, content.markdown, written.pages, content.pictures, outcome.failed,
        (*outcome.warnings, *outcome.lost_pictures, *outcome.not_made, *(f"page {n.number}: {n.text}" for n in doubts)),
        dict(outcome.readers), tuple(str(url) if (url := parse(path)) else path for path in outcome.files),
    )  # fmt: skip


def _remove(files: tuple[Path, ...]) -> None:
    for path in files:
        path.unlink(missing_ok=True)


class _Listener:
    """A `Told` that calls back."""

    def __init__(self, on_page: Callable[[Progress], None]) -> None:
        self._on_page = on_page
        self.choice: Choice | None = None  # until it is told what it reads with
        self._done = self._begun = 0

    def note(self, text: str) -> None:
        log.info(text)

    def begun(self, name: str, missing: int, wanted: int) -> None:
        self._begun += missing

    def writing(self, name: str) -> None:
        """The next that is told is its result."""

    def step(self, pages: float) -> None:
        """As above."""

    def page(self, page: Transcript) -> None:
        if self.choice and (notice := self.choice.notice(page.reader)):
            self.choice = None
            self.note(notice)
        self._done += 1
        self._on_page(Progress(page.ref.source.name, page.ref.number, page.finish, self._done, self._begun))

    def finished(self, outcome: Outcome, text: str | None = None, kind: str = "markdown") -> None:
        """The result says it all."""

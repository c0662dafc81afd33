"""A document in a request: converted as the command line would, in a thread with a guarded process of its own."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from ocr2cli.batch.batch import Batch
from ocr2cli.batch.told import Converted
from ocr2cli.inputs.plan import Job
from ocr2cli.options import Extras, Format, Options
from ocr2cli.record.outcome import Outcome
from ocr2cli.record.target import Target
from ocr2cli.results.extras import JSON_NAME
from ocr2cli.results.streaming import PageStream
from output.grounding.blocks import PageBlocks
from output.options import RenderOptions
from pipeline.documents.document import PageRanges
from pipeline.documents.guard import Guard, guarded_by
from pipeline.record.places import bare
from pipeline.serving.engine import Serving
from pipeline.transcript import Transcript

Give = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What a request asks for. `stream`: page by page, so that nothing is joined over a page's end."""

    path: Path
    name: str
    form: Format = Format.MD  # or JSON
    stream: bool = False
    pages: str | None = None
    password: str | None = None
    style: RenderOptions = RenderOptions()  # noqa: RUF009 frozen, so it may be shared

    def check(self) -> None:
        """Raises UserError for what could not be asked of any document."""
        if self.pages:
            PageRanges.parse(self.pages)


@dataclass
class Conversion:
    """One request's work. `give` gets the answer's parts, in another thread; set `gone` when nobody wants them."""

    serving: Serving
    wanted: Wanted
    give: Give
    page: Callable[[Transcript], None]
    gone: threading.Event = field(default_factory=threading.Event)

    def run(self, guard: Guard) -> None:
        """Do it all. Raises UserError where there is no result, GoneError where nobody waits for one."""
        with guarded_by(guard):
            wanted, folder = self.wanted, self.wanted.path.parent / "out"
            reader = self.serving.reader(self.gone.is_set)
            options = Options(
                pages=wanted.pages, passwords=(wanted.password,) if wanted.password else (),
                reading=self.serving.options, style=wanted.style, extras=Extras(frozenset({Format.MD, wanted.form})),
            )  # fmt: skip
            stream = PageStream(options, self._page_of(wanted.form)) if wanted.stream else None
            job = Job(wanted.path, wanted.name, bare(PurePath(PurePath(wanted.name).name or "document")))
            with Target(folder) as target:
                batch = Batch(
                    [job], options, reader, target, _Listener(self.page), stream=stream, stop=self.gone.is_set
                )
                (converted,) = list(batch.results()) or [Converted(job, Outcome(job.name))]
            self._answer(converted)

    def _page_of(self, form: Format) -> Callable[[Transcript, PageBlocks, str], None]:
        first = True

        def markdown(_: Transcript, __: PageBlocks, text: str) -> None:
            nonlocal first
            if text:
                self.give(("" if first else "\n") + text + "\n")
                first = False

        def line(reading: Transcript, page: PageBlocks, text: str) -> None:
            facts = {"event": "page", "page": page.number, "finish": reading.finish.value, "reader": reading.reader}
            facts |= {"tried": list(reading.tried), "confidence": page.confidence, "markdown": text}
            self.give(json.dumps(facts, ensure_ascii=False) + "\n")

        return line if form is Format.JSON else markdown

    def _answer(self, converted: Converted) -> None:
        outcome, written = converted.outcome, converted.written
        if outcome.error is not None:
            raise outcome.error
        if self.wanted.stream:
            if self.wanted.form is Format.JSON:
                self.give(json.dumps(_summary(outcome)) + "\n")
        elif written is not None:
            markdown = written.files[0]
            text = markdown.read_text(encoding="utf-8")
            if self.wanted.form is not Format.JSON:
                self.give(text)
                return
            blocks = json.loads((markdown.with_suffix("") / JSON_NAME).read_text(encoding="utf-8"))
            pictures = {
                path.relative_to(markdown.parent).as_posix(): base64.b64encode(path.read_bytes()).decode()
                for path in written.pictures
            }
            whole = _summary(outcome) | {"markdown": text, "blocks": blocks, "pictures": pictures}
            self.give(json.dumps(whole, ensure_ascii=False))


def _summary(outcome: Outcome) -> dict[str, object]:
    return {
        "event": "document", "input": outcome.name, "status": outcome.status, "pages": outcome.pages,
        "readers": dict(outcome.readers),
        "recovered": [{"page": note.number, "why": note.text} for note in outcome.recovered],
        "failed": [{"page": note.number, "why": note.text} for note in outcome.failed],
        "unaccounted": [{"page": note.number, "why": note.text} for note in outcome.unaccounted],
        "warnings": [*outcome.warnings, *outcome.lost_pictures],
    }  # fmt: skip


@dataclass(frozen=True)
class _Listener:
    """A `Told` that counts pages."""

    on_page: Callable[[Transcript], None]

    def note(self, text: str) -> None:
        """Whose name was taken is of no interest here."""

    def begun(self, name: str, missing: int, wanted: int) -> None:
        """The result says it all."""

    def writing(self, name: str) -> None:
        """As above."""

    def step(self, pages: float) -> None:
        """As above."""

    def page(self, page: Transcript) -> None:
        self.on_page(page)

    def finished(self, outcome: Outcome, text: str | None = None, kind: str = "markdown") -> None:
        """The result says it all."""

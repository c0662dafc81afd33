"""`ocr2 render`: the files of a result once more, from its record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from ocr2cli.options import Options
from ocr2cli.record.outcome import outcome
from ocr2cli.record.target import Target
from ocr2cli.results.stages import seconds_per_page
from ocr2cli.results.write import write_results
from ocr2cli.telling.estimate import Estimate
from ocr2cli.telling.report import Report
from ocr2cli.telling.stdout import protected_stdout
from pipeline.documents.document import digest, page_count
from pipeline.errors import ExitCode, InputError, UserError
from pipeline.record import corrections
from pipeline.record.corrections import Correction
from pipeline.record.grounds import DISK, Ground
from pipeline.record.log import FILE_NAME, Record, read
from pipeline.record.places import Identity, Place, known_path, place_in, reclaim
from pipeline.stores.copies import Copies
from pipeline.stores.urls import local, parse, shown
from pipeline.transcriber import Life
from pipeline.transcript import Source


def rerender(folder: Path, source: Path | None, options: Options, given: Path | None = None) -> ExitCode:
    """Write out/a.md and the pictures of out/a again. The document is needed for its pictures only. Corrections of a
    person are taken up, and kept with the result."""
    new = corrections.read(given) if given else ()
    with protected_stdout() as out, _result(folder) as result, Copies() as copies:
        try:
            return _rerender(result, source, new, copies, options, Report(out, 1, options.talk, options.as_json))
        except UserError as error:
            raise type(error)(result.named(str(error))) from error


def _rerender(
    result: _Result,
    source: Path | None,
    new: tuple[Correction, ...],
    copies: Copies,
    options: Options,
    report: Report,
) -> ExitCode:
    place, ground = result.place, result.ground
    record = record_in(place)
    with closing(reclaim(place, Identity(record.key.document, record.source), ground)) as held:
        held.check_markdown(options.force)
        if new:
            mine = place.folder / corrections.FILE_NAME
            corrections.write(mine, corrections.merged(corrections.read(mine), new))
        pages = [record.readings[number] for number in sorted(record.readings)]
        document = document_of(record, source, options.passwords, copies)
        if document is None:
            ground.fill(place)
            lay = shown(record.source)
            report.note(f"{lay} is gone or has changed: pictures stay as they are; --source says where it is")
        elif (lacking := _unread(document, len(pages))) is not None:
            report.note(f"{record.name}: {lacking} are in its record; `ocr2 convert` reads the others")
        held.begin_markdown()
        estimate = Estimate(network=False, mixed=False, writing_before=seconds_per_page(options.extras))
        report.progress.follow(Life, estimate)
        report.begun(record.name, 0, len(pages))
        report.writing(record.name)
        written = write_results(place, record.name, document, pages, options.style, options.extras, report.step)
        held.wrote_markdown()
        done = replace(outcome(record.name, pages, _warnings(record)), files=tuple(map(result.path, written.files)))
        report.finished(written.told(done))
        report.summary()
        return report.exit_code


@dataclass(frozen=True)
class _Result:
    """A result that is there: its place, and how it is told of; `target` where it lies in a bucket."""

    place: Place
    target: Target | None = None

    @property
    def ground(self) -> Ground:
        return self.target.ground if self.target else DISK

    def named(self, text: str) -> str:
        return self.target.named(text) if self.target else text

    def path(self, file: Path) -> Path:
        return self.target.path(file) if self.target else file


@contextmanager
def _result(folder: Path) -> Iterator[_Result]:
    if (url := parse(folder)) is None:
        yield _Result(place_of(Path(local(folder.as_posix()))))
        return
    key = url.key.rstrip("/").removesuffix(f"/{FILE_NAME}").removesuffix(".md")
    above, _, name = key.rpartition("/")
    with Target(url.at(above).path) as target:
        place = place_in(target.base, PurePath(name))
        target.ground.look(place)
        yield _Result(place, target)


def place_of(result: Path) -> Place:
    """The place of a result, of which its folder, its Markdown or its record is named."""
    folder = result.parent if result.name == FILE_NAME else result
    if folder.suffix == ".md" and folder.is_file():
        folder = folder.with_suffix("")
    return Place(folder.parent / f"{folder.name}.md", folder)


def record_in(place: Place) -> Record:
    """Raises InputError where there is none."""
    try:
        record = read(place.log)
    except OSError as error:
        raise InputError(f"{place.log} cannot be read: {error.strerror}; take it away, and convert it again") from error
    if record is None:
        raise InputError(f"{place.folder} is not a result of ocr2: it has no {FILE_NAME} with pages in it")
    return replace(record, source=known_path(place, record.key.document) or record.source)


def _unread(document: Source, pages: int) -> str | None:
    """How many pages a record has, where the document has more: its reading was stopped, or asked for some only."""
    try:
        count = page_count(document)
    except UserError:
        return None
    return f"{pages} of {count} pages" if pages < count else None


def _warnings(record: Record) -> tuple[str, ...]:
    if not record.damaged:
        return record.warnings
    lines = "1 line" if record.damaged == 1 else f"{record.damaged} lines"
    return *record.warnings, f"{lines} of {FILE_NAME} cannot be read, so pages may be missing: convert it again"


def document_of(record: Record, given: Path | None, passwords: tuple[str, ...], copies: Copies) -> Source | None:
    """The document that was read, if it is still what it was; what lies elsewhere is fetched. Raises InputError if the
    one that is given is another."""
    path = given or record.source
    try:
        url = parse(path)
        source = copies.source(url, record.name, passwords) if url else Source(path, record.name, passwords)
        same = digest(source.path) == record.key.document
    except (OSError, InputError) as error:
        if given is None:
            return None
        why = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{shown(given)} cannot be read: {why}") from error
    if given is not None and not same:
        raise InputError(f"{shown(given)} is not the document that was read: its content differs; convert it anew")
    return source if same else None

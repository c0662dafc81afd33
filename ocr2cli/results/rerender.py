"""`ocr2 render`: the files of a result once more, from its record."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ocr2cli.options import Options
from ocr2cli.record.outcome import outcome
from ocr2cli.results.stages import seconds_per_page
from ocr2cli.results.write import write_results
from ocr2cli.telling.estimate import Estimate
from ocr2cli.telling.report import Report
from ocr2cli.telling.stdout import protected_stdout
from pipeline.documents.document import digest
from pipeline.errors import ExitCode, InputError
from pipeline.record import corrections
from pipeline.record.log import FILE_NAME, Record, read
from pipeline.record.places import Identity, Place, known_path, reclaim
from pipeline.transcriber import Life
from pipeline.transcript import Source


def rerender(folder: Path, source: Path | None, options: Options, given: Path | None = None) -> ExitCode:
    """Write out/a.md and the pictures of out/a again. The document is needed for its pictures only. Corrections of a
    person are taken up, and kept with the result."""
    place = place_of(folder)
    record = record_in(place)
    new = corrections.read(given) if given else ()
    held = reclaim(place, Identity(record.key.document, record.source))
    with protected_stdout() as out, closing(held):
        held.check_markdown(options.force)
        if new:
            mine = place.folder / corrections.FILE_NAME
            corrections.write(mine, corrections.merged(corrections.read(mine), new))
        report = Report(out, 1, options.talk, options.as_json)
        pages = [record.readings[number] for number in sorted(record.readings)]
        document = document_of(record, source, options.passwords)
        if document is None:
            report.note(f"{record.source} is gone or has changed: pictures stay as they are; --source says where it is")
        held.begin_markdown()
        estimate = Estimate(network=False, mixed=False, writing_before=seconds_per_page(options.extras))
        report.progress.follow(Life, estimate)
        report.begun(record.name, 0, len(pages))
        report.writing(record.name)
        written = write_results(place, record.name, document, pages, options.style, options.extras, report.step)
        held.wrote_markdown()
        done = replace(outcome(record.name, pages, _warnings(record)), files=written.files)
        report.finished(written.told(done))
        report.summary()
        return report.exit_code


def place_of(result: Path) -> Place:
    """The place of a result, of which its folder, its Markdown or its record is named."""
    folder = result.parent if result.name == FILE_NAME else result
    if folder.suffix == ".md" and folder.is_file():
        folder = folder.with_suffix("")
    return Place(folder.parent / f"{folder.name}.md", folder)


def record_in(place: Place) -> Record:
    """Raises InputError where there is none."""
    record = read(place.log)
    if record is None:
        raise InputError(f"{place.folder} is not a result of ocr2: it has no {FILE_NAME} with pages in it")
    return replace(record, source=known_path(place, record.key.document) or record.source)


def _warnings(record: Record) -> tuple[str, ...]:
    if not record.damaged:
        return record.warnings
    lines = "1 line" if record.damaged == 1 else f"{record.damaged} lines"
    return *record.warnings, f"{lines} of {FILE_NAME} cannot be read, so pages may be missing: convert it again"


def document_of(record: Record, given: Path | None, passwords: tuple[str, ...]) -> Source | None:
    """The document that was read, if it is still what it was. Raises InputError if the one that is given is another."""
    path = given or record.source
    try:
        same = digest(path) == record.key.document
    except OSError as error:
        if given is None:
            return None
        raise InputError(f"{given} cannot be read: {error.strerror}") from error
    if given is not None and not same:
        raise InputError(f"{given} is not the document that was read: its content differs; convert it anew")
    return Source(path, record.name, passwords) if same else None

"""`ocr2 eval`: read what is not read yet, score everything, say it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from ocr2cli.evaluate.certainty import Certainty, keep
from ocr2cli.evaluate.truth import Page, load
from ocr2cli.options import Options, Talk
from ocr2cli.results.write import page_blocks
from ocr2cli.telling.estimate import Estimate
from ocr2cli.telling.progress import Progress
from ocr2cli.telling.stdout import protected_stdout
from output import writer
from output.formats.markdown import page_markdown
from output.grounding.roles import Role
from pipeline.errors import ExitCode, InputError, UserError
from pipeline.readers.choice import choose
from pipeline.readers.opening import open_transcriber
from pipeline.record.writing import writing
from pipeline.transcriber import Transcriber, life
from pipeline.transcript import PageRef, Source, Transcript

if TYPE_CHECKING:
    from ocr2cli.evaluate.metrics import Scores

PAGES, SCORES, CONFIG, SETTINGS = "pages", "scores.json", "omnidocbench.yaml", "settings.txt"
_COMMENT = re.compile(r"<!--.*?-->\n*", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """The files of an evaluation. `pages` has one Markdown file per page, under the name that the scorer looks for."""

    folder: Path
    pages: Path


def evaluate(
    truth: Path, images: Path | None, predictions: Path | None, options: Options, set_thresholds: bool = False
) -> ExitCode:
    """Read the pages of `truth` (unless there are `predictions`), write them and their scores, and print the means.

    `set_thresholds`: how sure the checkpoint has to be is set on these pages, and kept beside its weights.
    """
    _need_extra()
    if set_thresholds:
        _need_checkpoint(options, predictions)
    known = load(truth)
    folder = options.output or Path("eval")
    place = Place(folder, predictions or folder / PAGES)
    with protected_stdout() as out:
        if predictions is None:
            _read(known, _images(truth, images), place, options)
        found = {page.prediction: _prediction(place, page) for page in known}
        scores = dict(_scores(known, found))
        missing = [name for name, text in found.items() if text is None]
        text = _summary(scores, missing)
        with writing(folder):
            writer.write_text(folder / SCORES, text)
            writer.write_text(folder / CONFIG, _config(truth, place))
        out.write(text if options.as_json else _table(scores, missing))
    if set_thresholds:
        _set_thresholds(folder, scores, options)
    return ExitCode.PARTLY if missing else ExitCode.DONE


def _need_extra() -> None:
    lacking = [name for name in ("apted", "lxml", "rapidfuzz") if find_spec(name) is None]
    if lacking:
        raise UserError(f"scoring needs {', '.join(lacking)}: install them with pip install '.[eval]'")


def _need_checkpoint(options: Options, predictions: Path | None) -> None:
    """Raises UserError where nothing is read, or no network reads."""
    if predictions is not None or choose(options.reading.model).network is None:
        raise UserError("--set-thresholds needs pages that a model reads: leave out --predictions, and give --model")


def _set_thresholds(folder: Path, scores: dict[str, Scores], options: Options) -> None:
    from pipeline.model.checkpoints.source import locate

    found = Certainty(folder, afresh=False).thresholds(scores)
    path = keep(found, locate(str(choose(options.reading.model).network), download=False))
    if options.talk is not Talk.QUIET:
        print(
            f"ocr2: below {found.unreadable:g} a page counts as not read, below {found.doubtful:g} it is named "
            f"({found.good} good pages, {found.bad} bad): {path}",
            file=sys.stderr,
        )


def _images(truth: Path, given: Path | None) -> Path:
    folder = given or truth.parent / "images"
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; --images says where the page images are")
    return folder


def _read(known: list[Page], images: Path, place: Place, options: Options) -> None:
    """Write the Markdown of each page that has none yet from the same reader."""
    reading = options.reading
    if reading.ngram == "auto":
        reading = replace(reading, ngram="benchmark")  # what the published scores were read with
    transcriber, _ = open_transcriber(reading)
    with closing(transcriber):
        _read_with(transcriber, known, images, place, options)


def _read_with(transcriber: Transcriber, known: list[Page], images: Path, place: Place, options: Options) -> None:
    settings = place.folder / SETTINGS
    same = settings.exists() and settings.read_text(encoding="utf-8") == transcriber.settings and not options.force
    with writing(place.folder):
        if not same:
            # Before the settings are written: interrupted in between, nothing is left that could be taken for this
            # reader's.
            _forget(known, place)
        writer.write_text(settings, transcriber.settings)
    wanted: dict[PageRef, Page] = {}
    for page in known:
        if page.image and not (same and (place.pages / page.prediction).exists()):
            path = (images / page.image).absolute()
            wanted[PageRef(Source(path, page.image), 1)] = page
    certainty = Certainty(place.folder, afresh=not same)
    progress = Progress(len(wanted), quiet=options.talk is Talk.QUIET)
    progress.follow(partial(life, transcriber), Estimate(network=True, mixed=False))
    for ref in wanted:
        progress.begun(ref.source.name, 1, 1)
    try:
        for transcript in transcriber.transcribe(wanted):
            if transcript.error:
                progress.say(f"ocr2: {transcript.ref.source.name}: {transcript.error}")
            else:
                _write(place.pages / wanted[transcript.ref].prediction, transcript, options)
                certainty.add(wanted[transcript.ref].prediction, transcript)
            progress.page(transcript.ref.source.name, 1)
            progress.document(transcript.ref.source.name)
    finally:
        progress.stop()
        certainty.save()


def _forget(known: list[Page], place: Place) -> None:
    """Remove what another reader has read, before anything says that all is of this one. Raises OSError."""
    for page in known:
        (place.pages / page.prediction).unlink(missing_ok=True)


def _write(path: Path, transcript: Transcript, options: Options) -> None:
    """What was read and nothing else: no pictures, and no words of ours about what is missing."""
    page = page_blocks(transcript)
    # What is labelled a head or foot is no text of the truth; a page alone cannot tell whether it runs over others.
    body = tuple(block for block in page.blocks if block.role is not Role.RUNNING)
    page = replace(page, blocks=body, failure=None)
    with writing(path):
        writer.write_text(path, _COMMENT.sub("", page_markdown(page, options.style)).strip() + "\n")


def _prediction(place: Place, page: Page) -> str | None:
    try:
        return (place.pages / page.prediction).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _scores(known: list[Page], found: dict[str, str | None]) -> Iterator[tuple[str, Scores]]:
    """A page without a prediction is scored as an empty one."""
    from ocr2cli.evaluate.metrics import score

    for page in known:
        yield page.prediction, score(page.markdown, found[page.prediction] or "")


def _means(scores: dict[str, Scores]) -> dict[str, tuple[float, int] | None]:
    """The mean of each score and the number of pages that have it."""
    from ocr2cli.evaluate.metrics import Scores

    columns = {f.name: [v for s in scores.values() if (v := getattr(s, f.name)) is not None] for f in fields(Scores)}
    return {name: (mean(values), len(values)) if values else None for name, values in columns.items()}


def _summary(scores: dict[str, Scores], missing: list[str]) -> str:
    means = {name: value and {"mean": value[0], "pages": value[1]} for name, value in _means(scores).items()}
    pages = {name: asdict(value) for name, value in scores.items()}
    return json.dumps({"means": means, "missing": missing, "pages": pages}, indent=1, ensure_ascii=False) + "\n"


def _table(scores: dict[str, Scores], missing: list[str]) -> str:
    better = {"text_distance": "lower", "order_distance": "lower", "teds": "higher", "teds_structure": "higher"}
    lines = [f"{'score':<16}{'mean':>8}{'pages':>8}  better"]
    for name, value in _means(scores).items():
        lines.append(
            f"{name:<16}" + (f"{value[0]:>8.4f}{value[1]:>8}" if value else f"{'-':>8}{0:>8}") + f"  {better[name]}"
        )
    if missing:
        lines.append(f"{len(missing)} of {len(scores)} pages have no prediction and count as empty")
    return "\n".join(lines) + "\n"


def _config(truth: Path, place: Place) -> str:
    """What OmniDocBench's own scorer takes: `python pdf_validation.py --config omnidocbench.yaml`."""
    paths = {name: json.dumps(str(path.absolute())) for name, path in (("truth", truth), ("pages", place.pages))}
    return (
        "end2end_eval:\n  metrics:\n    text_block: {metric: [Edit_dist]}\n"
        "    display_formula: {metric: [Edit_dist, CDM_plain]}\n    table: {metric: [TEDS, Edit_dist]}\n"
        "    reading_order: {metric: [Edit_dist]}\n  dataset:\n    dataset_name: end2end_dataset\n"
        f"    ground_truth: {{data_path: {paths['truth']}}}\n    prediction: {{data_path: {paths['pages']}}}\n"
        "    match_method: quick_match\n"
    )

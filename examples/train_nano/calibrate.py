"""How far a checkpoint's own certainty tells whether a page was read: reads pages of known text, sets the thresholds.

    python -m train_nano.calibrate read --model pipeline/nano FIT TOLD > read.jsonl
    python -m train_nano.calibrate fit read.jsonl

Thresholds are set on the pages of the first folder alone; the second, of other languages and fonts, tells once. They go
into `thresholds.json` beside the weights. What these then do, with the second tries of `ocr2 convert`:

    python -m train_nano.calibrate read --again --model pipeline/nano FIT TOLD > read.jsonl
    python -m train_nano.calibrate tell read.jsonl

`fit` and `tell` also take what `train_nano.reading.read` wrote of such folders, with `--once` and without: of several
checkpoints, each is told by itself.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ocr2cli.evaluate.certainty import BAD, GOOD, told_by
from pipeline.readers.wrappers.certainty import certainty
from pipeline.transcript import Finish, PageRef, Source
from train_nano.evaluate import judging_once, open_reader, plain
from train_nano.reading.rows import load


@dataclass(frozen=True)
class Page:
    """A page that was read: its set and kind, how it ended, distance from the truth, and how sure it is."""

    set: str
    kind: str
    finish: str
    distance: float
    confidence: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    reading = verbs.add_parser("read")
    reading.add_argument("folders", type=Path, nargs="+")
    reading.add_argument("--model", required=True)
    reading.add_argument("--again", action="store_true", help="judged and tried again as `ocr2 convert` does")
    verbs.add_parser("fit").add_argument("file", type=Path)
    verbs.add_parser("tell").add_argument("file", type=Path)
    given = parser.parse_args()
    if given.verb == "read":
        for page in read(given.folders, given.model, given.again):
            print(json.dumps(asdict(page)), flush=True)
        return
    for model, pages in by_checkpoint(given.file).items():
        if model:
            print(f"{model}:")
        if given.verb == "fit":
            report(pages)
            continue
        for name in dict.fromkeys(page.set for page in pages):
            print(f"{name}: {told([page for page in pages if page.set == name])}")


def by_checkpoint(file: Path) -> dict[str, list[Page]]:
    """The pages of a file of `read`, under "", or of rows of several checkpoints (`reading.rows`)."""
    if file.name.endswith((".jsonl.xz", "rows.jsonl")):
        found: dict[str, list[Page]] = defaultdict(list)
        for row in load([file]):
            page = Page(row.set, row.sort, row.finish, distance(row.truth or "", row.text), row.certainty)
            found[row.model].append(page)
        # In whatever order they were read: thresholds are set on the first set by name.
        return {model: sorted(pages, key=lambda page: page.set) for model, pages in found.items()}
    lines = file.read_text(encoding="utf-8").splitlines()
    return {"": [Page(**json.loads(line)) for line in lines if line.startswith("{")]}


def read(folders: list[Path], model: str, again: bool = False) -> Iterator[Page]:
    """Every page once, without second tries, judged as by `ocr2 convert`: print that is left out lowers certainty.
    With `again` its thresholds decide, and what they call unreadable is tried again."""
    reader = open_reader(model) if again else judging_once(model)
    paths = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in (".png", ".tif")]
    for done in reader.transcribe(PageRef(Source(path, path.name), 1) for path in paths):
        path = done.ref.source.path
        away = distance(path.with_suffix(".txt").read_text(encoding="utf-8"), done.text)
        kind = path.stem.partition("-")[2]
        # Where nothing was read it is as unsure as can be.
        yield Page(path.parent.name, kind, done.finish.value, away, round(certainty(done) or 0.0, 4))


def distance(truth: str, text: str) -> float:
    """Of a page's words, from transcripts."""
    from rapidfuzz.distance import Levenshtein

    return round(Levenshtein.normalized_distance(plain(truth), plain(text)), 4)


def report(pages: list[Page]) -> None:
    """Thresholds by the rule of `ocr2 eval --set-thresholds` from the first set, and what each set has below them."""
    sets = list(dict.fromkeys(page.set for page in pages))
    first = [page for page in pages if page.set == sets[0] and page.finish == "stop"]
    good = [page.confidence for page in first if page.distance < GOOD]
    bad = [page.confidence for page in first if page.distance > BAD]
    found = told_by(good, bad)
    area = sum((b < g) + 0.5 * (b == g) for b in bad for g in good) / (len(good) * len(bad))
    print(f"area under the curve {area:.4f}; unreadable {found.unreadable:g}, doubtful {found.doubtful:g}")
    for name in sets:
        for threshold in (found.unreadable, found.doubtful):
            print(f"{name}, below {threshold:.3f}: {flagged([page for page in pages if page.set == name], threshold)}")


def flagged(pages: list[Page], threshold: float) -> str:
    """How many of the good, of the bad and of the other pages lie below a threshold or ended badly; and by kind."""
    return _counted(pages, lambda page: page.finish != "stop" or page.confidence < threshold)


def told(pages: list[Page]) -> str:
    """The same of pages that were judged: how many are not passed as read. A page on which nothing is seen is."""
    return _counted(pages, lambda page: not Finish(page.finish).good)


def _counted(pages: list[Page], is_told: Callable[[Page], bool]) -> str:
    groups: dict[str, list[bool]] = defaultdict(list)
    for page in pages:
        flag = is_told(page)
        groups["good" if page.distance < GOOD else "bad" if page.distance > BAD else "between"].append(flag)
        groups[page.kind].append(flag)
    return ", ".join(f"{name} {sum(flags)}/{len(flags)}" for name, flags in sorted(groups.items()))


if __name__ == "__main__":
    main()

"""Thresholds of certainty from pages whose text is known: how sure a checkpoint was of what it read well, and badly."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

from output import writer
from pipeline.errors import UserError
from pipeline.model.checkpoints.thresholds import FILE_NAME
from pipeline.readers.wrappers.certainty import certainty
from pipeline.record.writing import writing
from pipeline.transcript import Transcript

if TYPE_CHECKING:
    from ocr2cli.evaluate.metrics import Scores

SURE = "certainty.json"
"""In the folder of an evaluation: how sure it was of each page, by the name of its prediction."""

GOOD, BAD = 0.1, 0.5
"""Text distances below which a page counts as read, and above which it does not."""

# Quantiles are told from pages beyond them: with fewer good pages the lowest fiftieth is no page at all, and with fewer
# bad ones a single page would say where all of them end.
_FEWEST_GOOD, _FEWEST_BAD = 50, 10


@dataclass(frozen=True)
class Found:
    """Thresholds (see `pipeline.model.checkpoints.thresholds`), and the numbers of pages that they were set on."""

    unreadable: float
    doubtful: float
    good: int
    bad: int

    def json(self) -> str:
        """The content of a `thresholds.json`."""
        told = f"{self.good} pages with a text distance under {GOOD} and {self.bad} with one over {BAD} (ocr2 eval)"
        facts = {"unreadable": self.unreadable, "doubtful": self.doubtful, "set on": told}
        return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


class Certainty:
    """How sure the reader was of each page; kept in a file, since a second run reads only what is missing."""

    def __init__(self, folder: Path, afresh: bool) -> None:
        self._path = folder / SURE
        self._known = {} if afresh else _read(self._path)

    def add(self, prediction: str, transcript: Transcript) -> None:
        """A page as it was read; what was not a network's work says nothing of its certainty."""
        if (sure := certainty(transcript)) is not None:
            self._known[prediction] = sure

    def save(self) -> None:
        """Write the file. Raises OutputError."""
        with writing(self._path):
            writer.write_text(self._path, json.dumps(self._known, indent=1, ensure_ascii=False) + "\n")

    def thresholds(self, scores: Mapping[str, Scores]) -> Found:
        """Raises UserError where too few pages were read well or badly to tell."""
        pairs = [(scores[name].text_distance, sure) for name, sure in self._known.items() if name in scores]
        return told_by(
            [sure for distance, sure in pairs if distance < GOOD], [sure for distance, sure in pairs if distance > BAD]
        )


def told_by(good: Sequence[float], bad: Sequence[float]) -> Found:
    """Thresholds from how sure a checkpoint was of pages that it read well and badly: below the lower one lie nearly
    all bad pages and hardly a good one, below the other a fiftieth of the good.

    Raises UserError where there are too few of either to tell.
    """
    if len(good) < _FEWEST_GOOD or len(bad) < _FEWEST_BAD:
        raise UserError(
            f"{len(good)} pages were read well (text distance under {GOOD}) and {len(bad)} badly (over {BAD}); "
            f"thresholds need {_FEWEST_GOOD} and {_FEWEST_BAD} at least: evaluate more pages, hard ones among them"
        )
    low = quantiles(good, n=100, method="inclusive")
    high = quantiles(bad, n=100, method="inclusive")[96]
    # Between the two, with as much room on either side. A page that is thrown away in error is lost as well: where
    # they overlap, the good ones decide.
    unreadable = (high + low[0]) / 2 if high < low[0] else low[0]
    return Found(round(unreadable, 3), round(max(low[1], unreadable), 3), len(good), len(bad))


def keep(found: Found, folder: Path) -> Path:
    """Put thresholds beside a checkpoint's weights, where every later run takes them from. Raises OutputError."""
    path = folder / FILE_NAME
    with writing(path):
        writer.write_text(path, found.json())
    return path


def _read(path: Path) -> dict[str, float]:
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {name: sure for name, sure in stated.items() if isinstance(sure, float)} if isinstance(stated, dict) else {}

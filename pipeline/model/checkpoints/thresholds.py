"""How sure a checkpoint has to be: `thresholds.json` beside its weights, set on pages whose truth is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ModelError
from pipeline.small_files import text_of, unreadable

FILE_NAME = "thresholds.json"


@dataclass(frozen=True)
class Thresholds:
    """How sure a checkpoint has to be of a page, 0..1 (`pipeline.readers.wrappers.certainty`).

    Below `unreadable` a page counts as not read, below `doubtful` it is named. They belong to one checkpoint;
    `verified` says that they were set on pages that it read.
    """

    unreadable: float
    doubtful: float
    verified: bool


UNVERIFIED = Thresholds(unreadable=0.5, doubtful=0.7, verified=False)
"""For checkpoints that bring none along. Low on purpose: where a larger model is unsure, less of the text is wrong, and
a page that is thrown away in error is lost, too. Chosen, not measured: no such checkpoint could be tried."""


def thresholds_of(folder: Path) -> Thresholds:
    """Those of a checkpoint's folder, else `UNVERIFIED`. Raises ModelError for a file that is not one."""
    path = folder / FILE_NAME
    try:
        stated = json.loads(text_of(path))
        found = Thresholds(float(stated["unreadable"]), float(stated["doubtful"]), verified=True)
    except FileNotFoundError:
        return UNVERIFIED
    except OSError as error:
        raise unreadable(path, error) from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ModelError(f"{path} is not valid; download the checkpoint again, or remove the file") from error
    if not 0 <= found.unreadable <= found.doubtful <= 1:
        raise ModelError(f"{path}: 0 <= unreadable <= doubtful <= 1 does not hold; remove the file")
    return found

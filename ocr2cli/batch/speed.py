"""How fast pages were read the last time, by model and device: what an estimate of time can rest on."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from output import writer
from pipeline.own_cache import own_cache
from pipeline.readers.choice import TEXT_LAYER, Choice
from pipeline.readers.devices import surely_cpu

# Pages: a shorter run tells how long starting takes.
_LEAST = 5
_NETWORK = "network "  # before a name that is a network alone
# Pages per second on one core, until a run has told better. Chosen low: an estimate that is beaten annoys nobody.
_TEXT_LAYER = 20.0
# Mean of 48 public pages on two CPU cores (`pipeline/nano/README.md`). Without any such figure the first page of the
# first run, read while the text of others is, would tell of all that come after it.
_NANO = 7.3
"""Seconds per page of the bundled checkpoint on a CPU, until a run has told."""


def remember(model: str, device: str, pages: int, seconds: float) -> None:
    """Keep the speed of a run that was long enough to tell; where nothing can be kept, nothing is."""
    if pages < _LEAST or seconds <= 0:
        return
    _keep(f"{model} {device}", pages / seconds)


def remember_network(choice: Choice, device: str, seconds: float | None) -> None:
    """Keep what a network took per page, beside what a run as a whole took: of pages with text of their own nothing can
    be told about scans."""
    if choice.network is not None and seconds:
        _keep(f"{_NETWORK}{choice.network} {device}", 1 / seconds)


def remembered_network(choice: Choice, device: str) -> float | None:
    """Seconds per page; None where this network has not read here, and nothing is known of its like."""
    from pipeline.model.checkpoints.source import NANO

    speed = _known().get(f"{_NETWORK}{choice.network} {device}")
    if speed:
        return 1 / speed
    return _NANO if choice.network == NANO and surely_cpu(device) else None


def remembered(model: str, device: str) -> float | None:
    """Pages a second; None where this model has not been run here."""
    return _known().get(f"{model} {device}", _TEXT_LAYER if model == TEXT_LAYER else None)


def _keep(name: str, speed: float) -> None:
    known = _known() | {name: round(speed, 4)}
    with suppress(writer.OutputError):
        writer.write_text(_file(), json.dumps(known, indent=1, sort_keys=True) + "\n")


def _file() -> Path:
    return own_cache() / "speed.json"


def _known() -> dict[str, float]:
    try:
        rows = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):
        return {}
    return {str(k): v for k, v in rows.items() if isinstance(v, float) and v > 0} if isinstance(rows, dict) else {}

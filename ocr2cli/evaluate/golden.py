"""`ocr2 doctor --golden`: on one screen, which card reads as published, in which precision and with which attention."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline.engine.golden.checking import Card, Verdict, check, devices
from pipeline.errors import ExitCode, ModelError, UserError
from pipeline.readers.choice import choose

_WORD = {True: "ok", False: "FAILED", None: "-"}


class GoldenCheck:
    """Lines as they come; `exit_code` is known when all were."""

    def __init__(self, model: str, device: str, files: Path | None) -> None:
        """Raises UserError where `model` is no network on this machine."""
        network = choose(model).network
        if network is None or "://" in network:
            raise UserError("--golden reads pages with a model on this machine: give --model nano, a repo or a folder")
        self._model, self._devices, self._files = network, devices(device), files
        self._bad: list[str] = []  # cards that failed

    @property
    def exit_code(self) -> ExitCode:
        """DONE where no card failed, NO_MODEL where every one did, PARTLY in between."""
        if not self._bad:
            return ExitCode.DONE
        return ExitCode.NO_MODEL if len(self._bad) == len(self._devices) else ExitCode.PARTLY

    def lines(self) -> Iterator[str]:
        """A line for each card and each check, and what it comes to."""
        yield f"golden        {self._model}; torch {version('torch')}, transformers {_version('transformers')}"
        for device in self._devices:
            yield from self._on(device)
        good = [device for device in self._devices if device not in self._bad]
        parts = ([f"nothing wrong on {', '.join(good)}"] if good else []) + [f"{bad} FAILED" for bad in self._bad]
        remedy = f"; read with --device {good[0]}" if self._bad and good else ""
        yield f"result        {'; '.join(parts)}{remedy}"

    def _on(self, device: str) -> Iterator[str]:
        try:
            for found in check(self._model, device, self._files):
                yield _line(found)
                if isinstance(found, Verdict) and found.good is False and device not in self._bad:
                    self._bad.append(device)
        except ModelError:
            raise
        except RuntimeError as error:  # of torch, or of a driver: that card is no good
            self._bad.append(device)
            yield f"{device:<13} FAILED: {' '.join(str(error).split())[:200]}"


def _line(found: Card | Verdict) -> str:
    if isinstance(found, Card):
        return f"{found.device:<13} {found.name}, {found.dtype}, attention: {found.attention}"
    took = f" ({found.seconds:.1f} s)" if found.seconds else ""
    return f"  {found.name:<18}{_WORD[found.good]:<7} {found.said}{took}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"

"""How functions for a CPU are compiled, and where the machine code is kept from one run to the next."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.own_cache import own_cache

# Sums may be made in any order, without which no loop over one is turned into vector instructions, and products added
# with one rounding. Infinities and NaN stay what they are.
_HOW: dict[str, Any] = {
    "fastmath": {"reassoc", "contract", "nsz", "arcp"},
    "error_model": "numpy",
    "nogil": True,
    "cache": True,
}


@functools.cache
def numba_trouble() -> str | None:
    """Why nothing can be compiled; None where it can."""
    if importlib.util.find_spec("numba") is None:
        return "Numba is not installed"
    try:
        import numba  # noqa: F401  whether it loads: it can be too old for NumPy
    except (ImportError, OSError, RuntimeError, SystemError) as error:
        return " ".join(f"Numba does not load: {error}".split())[:120]
    return None


def compiled(function: Callable[..., Any]) -> Any:  # noqa: ANN401  Numba's dispatcher
    """A function as machine code, made at its first call, or by another run on a processor of this kind.

    What it calls must be of its own folder: see `_folder`.
    """
    import numba

    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_folder(Path(function.__code__.co_filename).parent, before))
    try:
        return numba.njit(**_HOW)(function)
    finally:
        numba.config.CACHE_DIR = before


@functools.cache
def _folder(sources: Path, given: str) -> Path:
    """Of these very sources: Numba itself sees whether a function has changed, but not what that calls.

    `given` is what NUMBA_CACHE_DIR says. Where nothing can be kept, a folder for this process alone.
    """
    read = [Path(__file__), *sorted(sources.glob("*.py"))]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in read)).hexdigest()
    try:
        folder = (Path(given) if given else own_cache() / "compiled") / digest[:24]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.access(folder, os.W_OK):
            return folder
    except (OSError, RuntimeError):  # no home
        pass
    return Path(_for_this_process().name)


@functools.cache
def _for_this_process() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ocr2-compiled-")

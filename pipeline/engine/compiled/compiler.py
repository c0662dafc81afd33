"""How functions for a CPU are compiled, and where the machine code is kept from one run to the next."""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import njit

from pipeline.own_cache import own_cache

# Sums may be made in any order, without which no loop over one is turned into vector instructions, and products added
# with one rounding. Infinities and NaN stay what they are.
_HOW: dict[str, Any] = {
    "fastmath": {"reassoc", "contract", "nsz", "arcp"},
    "error_model": "numpy",
    "nogil": True,
    "cache": True,
}
_SOURCES = Path(__file__).parent


def compiled(function: Callable[..., Any]) -> Any:  # noqa: ANN401  Numba's dispatcher
    """A function as machine code, made at its first call, or by another run on a processor of this kind."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_folder())  # read where a function is decorated
    try:
        return njit(**_HOW)(function)
    finally:
        numba.config.CACHE_DIR = before


@functools.cache
def _folder() -> Path:
    """Of these very sources: Numba itself sees whether a function has changed, but not what that calls.

    Where nothing can be kept, a folder for this process alone.
    """
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(_SOURCES.glob("*.py")))).hexdigest()
    try:
        given = numba.config.CACHE_DIR  # what NUMBA_CACHE_DIR says
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

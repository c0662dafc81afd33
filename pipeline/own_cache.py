"""Where ocr2 keeps on a machine what it may lose: what was measured, looked up or made once."""

from __future__ import annotations

import os
from pathlib import Path


def own_cache() -> Path:
    """A folder of the user's, which may not be there yet. Raises RuntimeError where the user has no home."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ocr2"

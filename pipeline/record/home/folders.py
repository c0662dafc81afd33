"""The folders of this machine that documents lay in, in its cache: results do not name them."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from pipeline.own_cache import own_cache

# Folders that are kept. A thousand are looked through in a millisecond or two. Chosen.
_MOST = 1000


@lru_cache(maxsize=_MOST)
def remember(folder: Path) -> None:
    """Keep on this machine that documents lay there, so that `render` finds them. Where nothing can be kept, nothing
    is; temporary folders are not kept."""
    if folder.is_relative_to(tempfile.gettempdir()):
        return
    known = [text for text in _known() if text != str(folder)]
    with suppress(OSError, RuntimeError, UnicodeEncodeError):
        file = _file()
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f".{secrets.token_hex(8)}.tmp")
        temporary.write_text(json.dumps([*known, str(folder)][-_MOST:], indent=1), encoding="utf-8")
        temporary.replace(file)


def named(name: str) -> Iterator[Path]:
    """The files of this name in those folders, the newest folder first."""
    paths = (Path(folder, name) for folder in reversed(_known()))
    return (path for path in paths if path.exists())


def _known() -> list[str]:
    try:
        rows = json.loads(_file().read_bytes())
    except (OSError, ValueError, RuntimeError, RecursionError):
        return []
    return [row for row in rows if isinstance(row, str) and "\0" not in row] if isinstance(rows, list) else []


def _file() -> Path:
    return own_cache() / "folders.json"

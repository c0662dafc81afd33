"""What tells one checkpoint from another: a digest of all its bytes, remembered so that 7 GB are not read each time."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from pipeline.errors import no_file
from pipeline.own_cache import own_cache
from pipeline.small_files import unreadable

# Bytes: such a file is read as fast as what is remembered of it. No threshold of meaning: every byte counts either way.
_SMALL = 1 << 20


def identity(folder: Path) -> str:
    """A key of a checkpoint's content, 16 hexadecimal digits: config, tokenizer and every byte of the weights.

    Raises ModelError for a file that cannot be read.
    """
    key = hashlib.sha256()
    for path in sorted([folder / "config.json", folder / "tokenizer.json", *folder.glob("*.safetensors")]):
        try:
            digest = _digest(path) if path.exists() else None
        except OSError as error:
            raise unreadable(path, error) from error
        key.update(f"{path.name} {digest}\n".encode("utf-8", "surrogateescape"))
    return key.hexdigest()[:16]


def _digest(path: Path) -> str:
    """SHA-256 of a file; asked again of the same path, size and time, it comes from the cache."""
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):  # a pipe or a device may never end
        raise no_file(path)
    if facts.st_size <= _SMALL:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    # What git and make go by, too: a file that is changed with its size and time kept was changed to deceive.
    stamp = [str(path.resolve()), facts.st_size, facts.st_mtime_ns]
    known = _remembered(path)
    if known is not None and known[:3] == stamp:
        return str(known[3])
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _remember(path, [*stamp, digest])
    return digest


def _remembered(path: Path) -> list[object] | None:
    try:
        facts = json.loads(_entry(path).read_bytes())
    except (OSError, ValueError, RuntimeError):
        return None
    return facts if isinstance(facts, list) and len(facts) == 4 and isinstance(facts[3], str) else None


def _remember(path: Path, facts: list[object]) -> None:
    """Where nothing can be kept, nothing is."""
    with suppress(OSError, RuntimeError):
        entry = _entry(path)
        entry.parent.mkdir(parents=True, exist_ok=True)
        half = entry.with_name(f".{secrets.token_hex(8)}.tmp")
        half.write_text(json.dumps(facts), encoding="utf-8")
        half.replace(entry)


def _entry(path: Path) -> Path:
    """One small file for each file of weights, so that processes that load at once cannot undo each other's.

    Raises RuntimeError where the user has no home.
    """
    return own_cache() / "weights" / f"{hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24]}.json"

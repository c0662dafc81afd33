"""Which files of a folder make up a checkpoint, and which of them are not there."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from pipeline.errors import ModelError
from pipeline.small_files import text_of, unreadable

INDEX = "model.safetensors.index.json"
_LONGEST = 255
"""Bytes of a file's name that Linux, macOS and Windows all take."""
_ONE_OF_MANY = re.compile(r"(.*-)(\d{1,6})(-of-)(\d{1,6})(\.safetensors)", re.DOTALL)


def named_shards(folder: Path) -> list[Path]:
    """The checkpoint's files, there or not: those that its index names, else every safetensors file.

    Raises ModelError for an index that is not one, or names files that are not beside it: `identity` counts those.
    """
    index = folder / INDEX
    try:
        if not os.path.lexists(index):
            return sorted(folder.glob("*.safetensors"))
        names = set(json.loads(text_of(index))["weight_map"].values())
        if not all(map(_is_plain, names)):
            raise ValueError(names)
        return [folder / name for name in sorted(names)]
    except OSError as error:
        raise unreadable(index, error) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{index} is not a valid index; download the checkpoint again") from error


def is_whole(folder: Path) -> bool:
    """Whether every file of the checkpoint is there; a download that was stopped leaves some out."""
    try:
        shards = named_shards(folder)
        return _all_there(folder, shards)
    except (ModelError, OSError):
        return False


def _all_there(folder: Path, shards: list[Path]) -> bool:
    # The index is one file of the download, too, and may be missing while shards are there.
    wanted = {path for shard in shards for path in _siblings(shard)}
    return bool(wanted) and all(path.is_file() for path in (folder / "config.json", *wanted))


def _is_plain(name: str) -> bool:
    return name.endswith(".safetensors") and not set("/\\\0") & set(name) and len(os.fsencode(name)) <= _LONGEST


def _siblings(shard: Path) -> list[Path]:
    """All the shards that one shard's name speaks of: the index may come after the first of them."""
    match = _ONE_OF_MANY.fullmatch(shard.name)
    if match is None:
        return [shard]
    stem, number, of, count, suffix = match.groups()
    return [shard.with_name(f"{stem}{n:0{len(number)}}{of}{count}{suffix}") for n in range(1, int(count) + 1)]

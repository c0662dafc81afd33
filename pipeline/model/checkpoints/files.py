"""Which files of a folder make up a checkpoint, and which of them are not there."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pipeline.errors import ModelError

INDEX = "model.safetensors.index.json"
_ONE_OF_MANY = re.compile(r"(.*-)(\d{1,6})(-of-)(\d{1,6})(\.safetensors)", re.DOTALL)


def named_shards(folder: Path) -> list[Path]:
    """The checkpoint's files, there or not: those that its index names, else every safetensors file.

    Raises ModelError for an index that is not one.
    """
    index = folder / INDEX
    if not index.exists():
        return sorted(folder.glob("*.safetensors"))
    try:
        return [
            folder / name for name in sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{index} is not a valid index; download the checkpoint again") from error


def is_whole(folder: Path) -> bool:
    """Whether every file of the checkpoint is there; a download that was stopped leaves some out."""
    try:
        shards = named_shards(folder)
    except ModelError:
        return False
    # The index is one file of the download, too, and may be missing while shards are there.
    wanted = {path for shard in shards for path in _siblings(shard)}
    return bool(wanted) and all(path.is_file() for path in (folder / "config.json", *wanted))


def _siblings(shard: Path) -> list[Path]:
    """All the shards that one shard's name speaks of: the index may come after the first of them."""
    match = _ONE_OF_MANY.fullmatch(shard.name)
    if match is None:
        return [shard]
    stem, number, of, count, suffix = match.groups()
    return [shard.with_name(f"{stem}{n:0{len(number)}}{of}{count}{suffix}") for n in range(1, int(count) + 1)]

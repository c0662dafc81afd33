"""The small files of a checkpoint: read whole, and told of where they cannot be."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import ModelError, no_file


def text_of(path: Path) -> str:
    """A small file of a checkpoint. Raises OSError for what is no file: a pipe or a device may never end."""
    if not path.is_file() and path.exists():
        raise no_file(path)
    return path.read_text(encoding="utf-8")


def unreadable(path: Path, error: OSError) -> ModelError:
    """What to say of a file of a checkpoint that cannot be read."""
    return ModelError(
        f"{path} cannot be read ({error.strerror}); download the checkpoint again, or let this user read it"
    )

"""Where the files of golden pages come from: fetched once by their address, given in a folder, or drawn."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pipeline.errors import InputError
from pipeline.own_cache import own_cache
from pipeline.record.atomic import replace_file

# Seconds, and bytes: the largest of these files has under one megabyte.
_PATIENCE, _MOST = 30, 20_000_000

DRAWN = (
    "Notes on the tides",
    "The water is highest twice a day, some fifty",
    "minutes later on each day than on the one before.",
    "A harbour that dries out at low water can be left",
    "only for three hours before and after high water.",
    "In March and September the tides are largest.",
)
"""The lines of the page that is drawn."""


def cache() -> Path:
    """Where fetched files stay."""
    return own_cache() / "golden"


def file_of(address: str, folder: Path | None) -> Path:
    """A file of a golden page: from the `folder` that is given, else fetched. Raises InputError where it cannot be."""
    name = address.rpartition("/")[2]
    for place in filter(None, (folder, cache())):
        if (place / name).is_file():
            return place / name
    if folder is not None:
        raise InputError(f"{folder} has no {name}: it is at {address}")
    try:
        with urllib.request.urlopen(address, timeout=_PATIENCE) as answer:
            content = answer.read(_MOST + 1)
        if len(content) > _MOST:
            raise OSError("it is larger than such a file can be")
        cache().mkdir(parents=True, exist_ok=True)
        replace_file(cache() / name, [content])
    except OSError as error:
        raise InputError(f"{name} cannot be fetched ({error}): give it in a folder with --golden-files") from error
    return cache() / name


def drawn_page(folder: Path) -> Path:
    """A page of printed text, the same everywhere."""
    path = folder / "drawn.png"
    with Image.new("RGB", (900, 640), "white") as page:
        pen = ImageDraw.Draw(page)
        for number, line in enumerate(DRAWN):
            font = ImageFont.load_default(44 if number == 0 else 30)
            pen.text((70, 60 if number == 0 else 90 + 60 * number), line, fill="black", font=font)
        page.save(path)
    return path

"""What each threshold of the text layer decides: how many pages read otherwise if it is 20 % smaller or 25 % larger.

    python examples/text_layer_thresholds.py PDF... [--most-pages N] [--within NAME …]

Prints a Markdown table. Reads the first pages of each PDF in this process, once as the code stands and twice for every
numeric constant of `pipeline.text_layer`, in all modules that share it. It finds no better value; it tells which
constants a change must be measured for (`eval/score.py`, the drawn families of the tests), and which hardly matter.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pipeline.text_layer
from pipeline.documents import mupdf
from pipeline.text_layer.document import DocumentPages
from pipeline.text_layer.page import ground_page

_NAME = re.compile(r"_?[A-Z][A-Z0-9_]*$")
_SMALLER, _LARGER = 0.8, 1.25
_NO_THRESHOLD = {"GRID", "VERSION", "NAME", "PAINTED", "STROKED"}


@dataclass(frozen=True)
class Threshold:
    """A numeric constant, and the modules that hold it under its name."""

    name: str
    value: float
    modules: tuple[ModuleType, ...]

    def scaled(self, factor: float) -> float:
        """Another value of the same type; of a whole number the next one, at least."""
        if isinstance(self.value, int):
            moved = round(self.value * factor)
            return moved if moved != self.value else self.value + (1 if factor > 1 else -1)
        return self.value * factor


def thresholds() -> Iterator[Threshold]:
    """All numeric constants below `pipeline.text_layer`, each under the module that defines it."""
    found = [importlib.import_module(info.name) for info in pkgutil.walk_packages(
        pipeline.text_layer.__path__, "pipeline.text_layer."
    ) if not info.ispkg]  # fmt: skip
    for module in sorted(found, key=lambda module: module.__name__):
        defined = re.findall(r"^(_?[A-Z][A-Z0-9_]*)\b.*= -?[\d.]", Path(str(module.__file__)).read_text("utf-8"), re.M)
        for name in defined:
            value = getattr(module, name, None)
            if name not in _NO_THRESHOLD and isinstance(value, int | float) and value:
                shared = (m for m in found if m is not module and not name.startswith("_") and hasattr(m, name))
                yield Threshold(name, value, (module, *shared))


@contextmanager
def changed(threshold: Threshold, factor: float) -> Iterator[None]:
    """The constant with another value, until the block ends."""
    for module in threshold.modules:
        setattr(module, threshold.name, threshold.scaled(factor))
    try:
        yield
    finally:
        for module in threshold.modules:
            setattr(module, threshold.name, threshold.value)


def read(paths: Sequence[Path], most_pages: int) -> list[str]:
    """The grounded text of the first pages of each file; a page that cannot be read is the name of its error."""
    texts = []
    for path in paths:
        with mupdf.open(path) as document:
            context = DocumentPages(document).facts
            for number in range(min(most_pages, len(document))):
                try:
                    texts.append(ground_page(document[number], context))
                except Exception as error:
                    texts.append(type(error).__name__)
    return texts


def main() -> None:
    """Print the table, row by row as it is found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pdfs", nargs="+", type=Path, metavar="PDF")
    parser.add_argument("--most-pages", type=int, default=1, metavar="N")
    parser.add_argument("--within", nargs="*", default=[""], metavar="NAME", help="only constants whose names begin so")
    options = parser.parse_args()
    before = read(options.pdfs, options.most_pages)
    print(f"Of {len(before)} pages, read otherwise with\n\n| constant | value | ×{_SMALLER} | ×{_LARGER} |")
    print("| --- | ---: | ---: | ---: |")
    for threshold in thresholds():
        where = f"{threshold.modules[0].__name__.removeprefix('pipeline.text_layer.')}.{threshold.name}"
        if not where.startswith(tuple(options.within)):
            continue
        counts = []
        for factor in (_SMALLER, _LARGER):
            with changed(threshold, factor):
                after = read(options.pdfs, options.most_pages)
            counts.append(sum(a != b for a, b in zip(before, after, strict=True)))
        print(f"| `{where}` | {threshold.value} | {counts[0]} | {counts[1]} |")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

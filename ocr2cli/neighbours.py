"""Our packages are called `pipeline` and `output`, and so is many a script: whether somebody else's is in the way."""

from __future__ import annotations

from importlib.machinery import PathFinder
from pathlib import Path

_OURS = ("pipeline", "output", "language")
_HERE = Path(__file__).resolve().parents[1]


def stranger() -> str | None:
    """One line, with the remedy, where `import pipeline` or `import output` would give another file than ours.

    Nothing is imported. Finders of other kinds than folders on `sys.path` are not asked.
    """
    for name in _OURS:
        spec = PathFinder.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        if Path(spec.origin).resolve() != _HERE / name / "__init__.py":
            return (
                f"{spec.origin} stands in the way of ocr2's own package {name!r}: rename it, or keep its folder out of "
                "PYTHONPATH (and python -m ocr2cli out of that folder)"
            )
    return None

"""Mutation run: one small change at a time in code whose behaviour README promises, and whether a test notices.

    python tests/mutation/mutate.py                         # ten minutes, a fresh sample
    python tests/mutation/mutate.py --minutes 60 --seed 7 output/compare pipeline/ledger
    python tests/mutation/mutate.py --all --minutes 30 pipeline/ledger/second.py
    python tests/mutation/mutate.py --list                  # what could be changed, without running anything

Each function gives one mutant per kind of change that it has room for, or with `--all` every mutant; a seeded shuffle
says which are tried until the time is up. A mutant is run in a copy of the tree against the tests that mirror its file.
Survivors that nobody has looked at yet are printed, and the exit code is 1; `survivors.txt` has those that are known,
with the reason why each is no behaviour that anybody was promised. Tests that fail without any change end the run.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from changes import Mutant, mutants

ROOT = Path(__file__).parents[2]
KNOWN = Path(__file__).with_name("survivors.txt")
AREAS = ("output", "ocr2cli/record", "pipeline/record", "ocr2cli/inputs", "pipeline/text_layer", "pipeline/ledger")
MOST_SECONDS = 300  # for the tests of one mutant
# How much longer than without a change they may take, and seconds more: an endless loop is a mutant that was noticed.
_SLOWER, _SLACK = 5, 10
# Code whose tests do not all mirror it: a shared folder of results is tried against a server of buckets, by whole
# commands, and links by what is written of them.
_TESTED_BY = {
    "pipeline/record/shared/": ["tests/pipeline/record/test_shared.py", "tests/ocr2cli/batch/test_buckets.py"],
    "pipeline/ledger/damage.py": ["tests/pipeline/ledger/test_damage.py"],
    # Letters far apart and numbers turned round are tried for both readings of a page at once.
    "pipeline/ledger/": [
        "tests/pipeline/ledger", "tests/pipeline/text_layer/characters/test_letterspacing.py",
        "tests/pipeline/text_layer/characters/test_numbers_turned.py",
    ],
    # PDFium is asked by the ledger, and where MuPDF cannot parse a page.
    "pipeline/documents/pdfium/": [
        "tests/pipeline/documents/test_pdfium_lines.py", "tests/pipeline/ledger/test_second.py",
        "tests/pipeline/documents/test_damaged_contents.py", "tests/pipeline/documents/test_stated_tags.py",
    ],
    "pipeline/documents/letters/backwards.py": ["tests/pipeline/documents/test_backwards.py"],
    # Order, rows and words of lines are mostly tried on whole pages.
    "pipeline/text_layer/lines/": [
        "tests/pipeline/text_layer/lines", "tests/pipeline/text_layer/test_page.py",
        "tests/pipeline/text_layer/test_parts.py", "tests/pipeline/text_layer/maths",
    ],
    "pipeline/text_layer/paragraphs/": [
        "tests/pipeline/text_layer/paragraphs", "tests/pipeline/text_layer/test_page.py",
        "tests/pipeline/text_layer/test_parts.py", "tests/pipeline/text_layer/lines",
    ],
    # Drawn tables last: they take most of the time.
    "pipeline/text_layer/tables/": [
        "tests/pipeline/text_layer/tables/test_tables.py", "tests/pipeline/text_layer/tables/test_rows.py",
        "tests/pipeline/text_layer/tables/test_grounds.py", "tests/pipeline/text_layer/tables/test_groups.py",
        "tests/pipeline/text_layer/tables/test_values.py",
        "tests/pipeline/text_layer/tables", "tests/pipeline/text_layer/test_page.py", "tests/pipeline/text_layer/maths",
    ],
    "pipeline/record/places.py": ["tests/pipeline/record/test_places.py", "tests/pipeline/record/test_home.py"],
    "output/formats/": [
        "tests/output/formats", "tests/output/marks/test_links.py", "tests/output/test_cases.py",
        "tests/output/test_render.py",
    ],
}  # fmt: skip


def sample(areas: list[str], seed: int, *, every: bool = False) -> list[Mutant]:
    """One mutant per function and kind, or every one, in an order that the seed tells."""
    chance = random.Random(seed)
    chosen: dict[tuple[str, str, str], list[Mutant]] = {}
    for area in areas:
        top = ROOT / area
        for path in sorted(top.rglob("*.py")) if top.is_dir() else [top] if top.is_file() else []:
            for mutant in mutants(path, ROOT):
                chosen.setdefault((mutant.path, mutant.function, mutant.kind), []).append(mutant)
    picked = [mutant for alike in chosen.values() for mutant in (alike if every else [chance.choice(alike)])]
    chance.shuffle(picked)
    return picked


def tests_of(path: str) -> list[str]:
    """The tests that mirror a file: those of its folder, or of the nearest one above that has some."""
    for folder_of, tests in _TESTED_BY.items():
        if path.startswith(folder_of):
            return tests
    folder = Path("tests") / Path(path).parent
    while not any((ROOT / folder).rglob("test_*.py")):
        folder = folder.parent
    own = folder / f"test_{Path(path).stem}.py"
    beside = ["tests/output/test_cases.py", "tests/output/test_render.py"] if path.startswith("output/") else []
    # Its own tests first: most mutants end there.
    return [*([str(own)] if (ROOT / own).is_file() else []), str(folder), *beside]


def survives(mutant: Mutant, tree: Path, seconds: float = MOST_SECONDS) -> bool:
    """Whether all tests of its file pass with it."""
    target = tree / mutant.path
    data = target.read_bytes()
    target.write_bytes(data[: mutant.start] + mutant.new.encode() + data[mutant.end :])
    try:
        return _pass(tests_of(mutant.path), tree, seconds, keep_bytecode=False)
    finally:
        target.write_bytes(data)


def _pass(tests: Sequence[str], tree: Path, seconds: float, *, keep_bytecode: bool) -> bool:
    """Whether the tests pass in a process of their own, which has what `_preload` loaded already."""
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    process = context.Process(target=_test, args=(list(tests), tree, keep_bytecode))
    process.start()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
    return process.exitcode == 0


def _test(tests: list[str], tree: Path, keep_bytecode: bool) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    os.environ["PYTHONPATH"] = str(tree)
    # A mutant of the same size and second as the file that it stands for would be taken for it. What the first run
    # without any change has kept is of files as old as the repository's.
    sys.dont_write_bytecode = not keep_bytecode
    if not keep_bytecode:
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.exit(pytest.main(["-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]))


def _preload() -> None:
    """Load what most tests need and no mutant changes: two of three seconds for each."""
    for name in ("numpy", "pymupdf", "hypothesis", "PIL.Image"):
        importlib.import_module(name)
    for plugin in importlib.metadata.entry_points(group="pytest11"):
        plugin.load()


def known() -> dict[str, str]:
    """The survivors that somebody has looked at, with the reason for each."""
    lines = KNOWN.read_text(encoding="utf-8").splitlines() if KNOWN.is_file() else []
    pairs = (line.split("  # ", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


def main() -> int:
    """Try mutants until the time is up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("areas", nargs="*", default=list(AREAS), help="folders or files, from the repository's root")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None, help="of the sample; today's date unless given")
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    parser.add_argument("--all", action="store_true", help="every mutant, not one per function and kind of change")
    arguments = parser.parse_args()
    seed = int(time.strftime("%Y%m%d")) if arguments.seed is None else arguments.seed
    picked = sample(arguments.areas, seed, every=arguments.all)
    if arguments.list:
        print("\n".join(mutant.name for mutant in picked))
        return 0
    with tempfile.TemporaryDirectory(prefix="ocr2-mutants-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "__pycache__", "site"), symlinks=True)
        _preload()
        return _try(picked, tree, time.monotonic() + 60 * arguments.minutes, seed)


def _try(picked: Sequence[Mutant], tree: Path, end: float, seed: int) -> int:
    """Try mutants until the time is up: the exit code."""

    @cache
    def seconds_unchanged(tests: tuple[str, ...]) -> float | None:
        start = time.monotonic()
        return time.monotonic() - start if _pass(tests, tree, MOST_SECONDS, keep_bytecode=True) else None

    tried, new, accepted = 0, list[str](), known()
    for mutant in picked:
        if time.monotonic() > end:
            break
        tests = tests_of(mutant.path)
        seconds = seconds_unchanged(tuple(tests))
        if seconds is None:
            print(f"{' '.join(tests)}: fails without any change, so that it tells nothing of mutants")
            return 2
        tried += 1
        if survives(mutant, tree, _SLOWER * seconds + _SLACK) and mutant.name not in accepted:
            new.append(mutant.name)
            print(f"survived: {mutant.name}", flush=True)
    print(f"{tried} of {len(picked)} mutants tried (seed {seed}), {len(new)} survivors that are not in {KNOWN.name}")
    return int(bool(new))


if __name__ == "__main__":
    sys.exit(main())

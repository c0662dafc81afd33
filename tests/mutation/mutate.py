"""Mutation run: one small change at a time in code whose behaviour README promises, and whether a test notices.

    python tests/mutation/mutate.py                         # ten minutes, a fresh sample
    python tests/mutation/mutate.py --minutes 60 --seed 7 output/compare pipeline/ledger
    python tests/mutation/mutate.py --list                  # what could be changed, without running anything

Each function gives one mutant per kind of change that it has room for; a seeded shuffle says which are tried until the
time is up. A mutant is run in a copy of the tree against the tests that mirror its file. Survivors that nobody has
looked at yet are printed, and the exit code is 1; `survivors.txt` has those that are known, with the reason why each is
no behaviour that anybody was promised.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
KNOWN = Path(__file__).with_name("survivors.txt")
AREAS = ("output", "ocr2cli/record", "pipeline/record", "ocr2cli/inputs", "pipeline/text_layer", "pipeline/ledger")
MOST_SECONDS = 300  # for the tests of one mutant: an endless loop is a mutant that was noticed
# Code whose tests do not all mirror it: a shared folder of results is tried against a server of buckets, by whole
# commands, and links by what is written of them.
_TESTED_BY = {
    "pipeline/record/shared/": ["tests/pipeline/record/test_shared.py", "tests/ocr2cli/batch/test_buckets.py"],
    "output/formats/": [
        "tests/output/formats", "tests/output/marks/test_links.py", "tests/output/test_cases.py",
        "tests/output/test_render.py",
    ],
}  # fmt: skip
_SWAPPED: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(), ast.LtE: ast.Lt(), ast.Gt: ast.GtE(), ast.GtE: ast.Gt(), ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(), ast.In: ast.NotIn(), ast.NotIn: ast.In(), ast.Is: ast.IsNot(), ast.IsNot: ast.Is(),
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A change of one expression or statement: the text from `start` to `end` (offsets) becomes `new`."""

    path: str
    function: str
    kind: str
    start: int
    end: int
    old: str
    new: str

    @property
    def name(self) -> str:
        """How the list of survivors calls it: it has no line numbers, so that it outlives changes elsewhere."""
        old, new = " ".join(self.old.split()), " ".join(self.new.split())
        return f"{self.path}:{self.function}: {self.kind}: {old} -> {new}"


def mutants(path: Path) -> Iterator[Mutant]:
    """All changes that are tried in a file, those of one function and kind one after the other."""
    text = path.read_text(encoding="utf-8")
    begins = [0]
    for line in text.encode().split(b"\n"):
        begins.append(begins[-1] + len(line) + 1)
    data = text.encode()
    for name, function in _functions(ast.parse(text), ""):
        for node in _nodes(function):
            for kind, changed, new in _changes(node):
                if changed.end_lineno is None or changed.end_col_offset is None:
                    continue
                start = begins[changed.lineno - 1] + changed.col_offset
                end = begins[changed.end_lineno - 1] + changed.end_col_offset
                where = path.relative_to(ROOT).as_posix()
                yield Mutant(where, name, kind, start, end, data[start:end].decode(), new)


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield prefix + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, but what is in f-strings: Python 3.11 does not say where it stands."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.JoinedStr):
            yield from _nodes(child)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.expr | ast.stmt, str]]:
    """(kind, what is replaced, by what)"""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPPED:
        swapped = ast.Compare(node.left, [_SWAPPED[type(node.ops[0])], *node.ops[1:]], node.comparators)
        yield "comparison", node, f"({ast.unparse(swapped)})"
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and/or", node, f"({ast.unparse(ast.BoolOp(other, node.values))})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not", node, f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        other_sign = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield "sign", node, f"({ast.unparse(ast.BinOp(node.left, other_sign, node.right))})"
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield "number", node, repr(node.value + 1)
    elif isinstance(node, ast.If):
        yield "condition", node.test, "True" if not node.orelse else "False"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "call left out", node, "pass"


def sample(areas: list[str], seed: int) -> list[Mutant]:
    """One mutant per function and kind, in an order that the seed tells."""
    chance = random.Random(seed)
    chosen: dict[tuple[str, str, str], list[Mutant]] = {}
    for area in areas:
        top = ROOT / area
        for path in sorted(top.rglob("*.py")) if top.is_dir() else [top] if top.is_file() else []:
            for mutant in mutants(path):
                chosen.setdefault((mutant.path, mutant.function, mutant.kind), []).append(mutant)
    picked = [chance.choice(alike) for alike in chosen.values()]
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
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests_of(mutant.path)]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds
        )
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        target.write_bytes(data)


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
    arguments = parser.parse_args()
    seed = int(time.strftime("%Y%m%d")) if arguments.seed is None else arguments.seed
    picked = sample(arguments.areas, seed)
    if arguments.list:
        print("\n".join(mutant.name for mutant in picked))
        return 0
    end, tried, new, accepted = time.monotonic() + 60 * arguments.minutes, 0, list[str](), known()
    with tempfile.TemporaryDirectory(prefix="ocr2-mutants-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "__pycache__", "site"), symlinks=True)
        for mutant in picked:
            if time.monotonic() > end:
                break
            tried += 1
            if survives(mutant, tree) and mutant.name not in accepted:
                new.append(mutant.name)
                print(f"survived: {mutant.name}", flush=True)
    print(f"{tried} of {len(picked)} mutants tried (seed {seed}), {len(new)} survivors that are not in {KNOWN.name}")
    return int(bool(new))


if __name__ == "__main__":
    sys.exit(main())

"""The architecture holds: arrows run one way, no circles, folders small enough to look through, faces respected."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("ocr2cli", "pipeline", "output", "language")
NEVER = {
    "pipeline": {"ocr2cli", "output"},
    "output": {"ocr2cli", "pipeline", "torch", "transformers", "pymupdf"},
    "language": {"ocr2cli", "pipeline", "output", "torch", "transformers", "pymupdf"},
}
SEAM = {"pipeline.transcriber", "pipeline.transcript", "pipeline.errors"}
KNOW_THE_SEAM_ONLY = {
    "pipeline.cluster": SEAM,
    "pipeline.sharding": SEAM | {"pipeline.processes.far", "pipeline.processes.process"},
}
LOOSE = 10


def _modules() -> dict[str, Path]:
    """Dotted names of all source files; a package stands for its `__init__.py`."""
    named = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return named


MODULES = _modules()


def _imports(path: Path) -> Iterator[str]:
    """Every module that a file names in an import, at its top, within a function, or for types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute in this house"
            base = node.module or ""
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in MODULES else base


def _folder(module: str) -> str:
    return module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]


def _circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Groups of nodes that reach each other."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            new = graph.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        return seen

    reach = {node: reached(node) for node in graph}
    groups = {frozenset(b for b in reach[a] if a in reach.get(b, set())) for a in graph if a in reach[a]}
    return [set(group) for group in groups]


GRAPH = {name: {other for other in _imports(path) if other in MODULES} - {name} for name, path in MODULES.items()}


@pytest.mark.parametrize("package", sorted(NEVER))
def test_arrows_run_one_way(package):
    against = {
        f"{name} imports {other}"
        for name, path in MODULES.items()
        if name.split(".")[0] == package
        for other in _imports(path)
        if other.split(".")[0] in NEVER[package]
    }
    assert against - TO_MEND == set()


TO_MEND: set[str] = set()
"""What the plan forbids and has not been mended yet. Lines leave this set; none are added."""


def test_no_modules_import_each_other_in_a_circle():
    assert _circles(GRAPH) == []


def test_no_folders_import_each_other_in_a_circle():
    """Files at the root of a package stand for themselves: leaf types, or what puts the folders together."""
    graph: dict[str, set[str]] = defaultdict(set)
    for name, others in GRAPH.items():
        node = name if _folder(name) in PACKAGES else _folder(name)
        graph[node] |= {other if _folder(other) in PACKAGES else _folder(other) for other in others} - {node}
    assert _circles(graph) == []


@pytest.mark.parametrize(("folder", "known"), sorted(KNOW_THE_SEAM_ONLY.items()))
def test_some_rooms_know_only_the_protocol_of_readers(folder, known):
    outside = {other for name, others in GRAPH.items() if _folder(name) == folder for other in others}
    assert {other for other in outside if _folder(other) != folder} <= known


def test_other_rooms_use_a_folder_by_its_face():
    """`__all__` of a folder's `__init__.py` lists the modules that others may import."""
    behind = set()
    for name, others in GRAPH.items():
        for other in others:
            home = _folder(other)
            if home in PACKAGES or _folder(name) == home or other == home:
                continue
            face = ast.parse(MODULES[home].read_text(encoding="utf-8"))
            listed = next((ast.literal_eval(n.value) for n in face.body if isinstance(n, ast.Assign)), [])
            if other.rpartition(".")[2] not in listed:
                behind.add(f"{name} imports {other}")
    assert behind == set()


def test_every_folder_says_what_it_is_and_can_be_looked_through():
    loose: dict[Path, int] = defaultdict(int)
    for path in MODULES.values():
        loose[path.parent] += path.name != "__init__.py"
    assert {str(folder.relative_to(ROOT)): count for folder, count in loose.items() if count > LOOSE} == {}
    assert [name for name, path in MODULES.items() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []


def test_no_two_files_of_a_folder_are_a_letter_apart():
    """`transcript.py` beside `transcripts.py`: nobody can tell from the name which one to open."""
    names = defaultdict(set)
    for path in MODULES.values():
        names[path.parent].add(path.stem)
    assert [(stem, folder.name) for folder, stems in names.items() for stem in stems if f"{stem}s" in stems] == []


def test_one_folder_imports_pymupdf():
    """Its pin and its licence are decisions about one place."""
    users = {
        name for name, path in MODULES.items() if any(i.split(".")[0] in ("pymupdf", "fitz") for i in _imports(path))
    }
    assert {MODULES[name].parent.name for name in users} == {"mupdf"}

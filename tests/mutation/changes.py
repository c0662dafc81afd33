"""What can be changed in a file: one expression or statement at a time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SWAPPED: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(), ast.LtE: ast.Lt(), ast.Gt: ast.GtE(), ast.GtE: ast.Gt(), ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(), ast.In: ast.NotIn(), ast.NotIn: ast.In(), ast.Is: ast.IsNot(), ast.IsNot: ast.Is(),
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A change of one expression or statement: the bytes from `start` to `end` become `new`, as `told` says."""

    path: str
    function: str
    kind: str
    start: int
    end: int
    new: str
    told: str

    @property
    def name(self) -> str:
        """How the list of survivors calls it: it has no line numbers, so that it outlives changes elsewhere."""
        return f"{self.path}:{self.function}: {self.kind}: {self.told}"


def mutants(path: Path, root: Path) -> Iterator[Mutant]:
    """All changes that are tried in a file below `root`, those of one function and kind one after the other."""
    data = path.read_text(encoding="utf-8").encode()  # with one kind of line ends
    begins = [0]
    for line in data.split(b"\n"):
        begins.append(begins[-1] + len(line) + 1)
    for name, function in _functions(ast.parse(data), ""):
        for node in _nodes(function):
            for kind, changed, new in _changes(node):
                if changed.end_lineno is None or changed.end_col_offset is None:
                    continue
                start = begins[changed.lineno - 1] + changed.col_offset
                end = begins[changed.end_lineno - 1] + changed.end_col_offset
                where, old = path.relative_to(root).as_posix(), data[start:end].decode()
                line = (
                    data[begins[changed.lineno - 1] : start].decode(),
                    data[end : begins[changed.end_lineno]].decode(),
                )
                # A number by itself would be one of many: its line tells which.
                told = f"{line[0]}{old}{line[1]} -> {line[0]}{new}{line[1]}" if kind == "number" else f"{old} -> {new}"
                yield Mutant(where, name, kind, start, end, new, " ".join(told.split()))


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

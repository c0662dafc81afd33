"""TeX formulas made fit for a reader's renderer: checked for balance, and in commands that KaTeX knows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from output.text.tex_macros import ARGUMENTS, ENVIRONMENTS, MACROS

_TOKEN = re.compile(r"\\(?:begin|end)\s*\{[^{}]{0,40}\}|\\(?:[A-Za-z]+|[\s\S]|$)|[\s\S]")
_NAME = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}")
_COLUMNS = re.compile(r"(\\begin\{array\})\s*(?:\[[tbc]\]\s*)?\{((?:[^{}]|\{[^{}]{0,40}\}){0,200})\}")
_NO_COLUMN = re.compile(r"[@!><]\s*\{[^{}]*\}")
_WIDE_COLUMN = re.compile(r"[pmbw]\s*(?:\{[^{}]*\})+")
_MULTICOLUMN = re.compile(r"\\multicolumn\s*\{(\d)\}\s*\{[^{}]{0,20}\}\s*")
_TAG = re.compile(r"\\tag\s*\*?\s*\{([^{}]{0,40})\}")
# Arguments within arguments that are looked into. Without a bound `{{{{…` costs Python's stack. Chosen, not measured.
_DEEPEST = 20
# Characters: more than a page of them holds, so that a longer formula is a repetition loop, shown as code.
_MOST = 20_000


def fit(latex: str, display: bool) -> str | None:
    """The formula as KaTeX 0.19 takes it, or None where it is broken: braces, environments or `\\left` not closed.

    Nothing is guessed: commands get the names that KaTeX has for them, a second `\\tag` and one within a line become
    text, loose `&` get an `aligned` around them, and `%` and `#` stand for themselves.
    """
    if len(latex) > _MOST or not _is_balanced(latex):
        return None
    # Names before arrays: `eqnarray` and `tabular` become some. Balance is asked at both ends, since an expansion may
    # unbalance what was sound before it.
    latex = "".join(_literal(_arrays(_known(latex))))
    latex = _tags(latex, 1 if display else 0)
    if _loose_ampersand(latex):
        latex = rf"\begin{{aligned}} {latex} \end{{aligned}}"
    return latex if _is_balanced(latex) else None


def tokens(latex: str) -> Iterator[str]:
    """Commands, `\\begin{name}` and `\\end{name}` as one each, and single characters."""
    return (match[0] for match in _TOKEN.finditer(latex))


def _is_balanced(latex: str) -> bool:
    """Whether groups, environments and `\\left` … `\\right` are closed in the order in which they were opened."""
    opened: list[str] = []
    for token in tokens(latex):
        name = _NAME.fullmatch(token)
        if token == "{" or token == r"\left" or (name and name[1] == "begin"):
            opened.append(name[2] if name else token)
        elif token == "}" or token == r"\right" or name:
            begun = name[2] if name else {"}": "{", r"\right": r"\left"}[token]
            if not opened or opened.pop() != begun:
                return False
        elif (token == r"\middle" and r"\left" not in opened) or token in (r"\begin", r"\end", "\\"):
            return False
    return not opened


def _literal(latex: str) -> Iterator[str]:
    """Characters that TeX would take for a comment or a parameter as themselves, scripts that are missing as empty."""
    waiting = False  # for what stands high or low
    for token in tokens(latex):
        if waiting and not token.isspace():
            if token in ("}", "&", "^", "_", "\\\\", r"\right", r"\middle") or token.startswith(r"\end"):
                yield "{}"
            waiting = False
        yield rf"\{token}" if token in ("%", "#") else token
        waiting = waiting or token in ("^", "_")
    if waiting:
        yield "{}"


def _known(latex: str, depth: int = 0) -> str:
    """Commands and environments by the names that KaTeX has for them; `depth` counts arguments within arguments."""
    if depth > _DEEPEST:
        return latex
    out: list[str] = []
    at = 0
    while match := _TOKEN.match(latex, at):
        at = match.end()
        name = _NAME.fullmatch(match[0])
        if name and name[2] in ENVIRONMENTS:
            out.append(ENVIRONMENTS[name[2]][name[1] == "end"])
        elif not name and match[0][:1] == "\\" and match[0][1:] in MACROS:
            shown, at = _expanded(match[0][1:], latex, at, depth)
            out.append(shown)
        else:
            out.append(match[0])
        if match.end() == match.start():
            break
    return "".join(out)


def _expanded(name: str, latex: str, at: int, depth: int) -> tuple[str, int]:
    """What stands for the command whose arguments begin at `at`, and where they end."""
    expansion = MACROS[name]
    if latex[at : at + 1] == "*":
        at += 1
    arguments = {}
    for i in range(1, ARGUMENTS[name] + 1):
        argument, at = _argument(latex, at)
        arguments[f"#{i}"] = _known(argument, depth + 1)
    # All at once: an argument may hold a `#2` of its own.
    expansion = re.sub(r"#[1-9]", lambda place: arguments.get(place[0], place[0]), expansion)
    after = latex[at : at + 1]
    return expansion + " " * (expansion[-1:].isalpha() and after.isalpha()), at


def _argument(latex: str, at: int) -> tuple[str, int]:
    """The group or token at `at`, without its braces, and where it ends."""
    while latex[at : at + 1].isspace():
        at += 1
    if latex[at : at + 1] != "{":
        token = _TOKEN.match(latex, at)
        is_end = token is None or token[0] in ("}", "&") or _NAME.fullmatch(token[0])
        return ("", at) if token is None or is_end else (token[0], token.end())
    depth, start = 0, at
    for match in _TOKEN.finditer(latex, at):
        depth += (match[0] == "{") - (match[0] == "}")
        if depth == 0:
            return latex[start + 1 : match.start()], match.end()
    return "", at


def _arrays(latex: str) -> str:
    """Arrays with the simple columns that KaTeX has, and a cell over several columns as itself and empty ones."""

    def simple(match: re.Match[str]) -> str:
        columns = _WIDE_COLUMN.sub("l", _NO_COLUMN.sub("", match[2]))
        return f"{match[1]}{{{columns}}}"

    latex = _COLUMNS.sub(simple, latex)
    while found := _MULTICOLUMN.search(latex):
        cell, end = _argument(latex, found.end())
        latex = f"{latex[: found.start()]}{{{cell}}}{' &' * (int(found[1]) - 1)} {latex[end:]}"
    return latex


def _tags(latex: str, allowed: int) -> str:
    """Only as many tags as may be: further ones as text behind a space."""
    left = allowed

    def shown(match: re.Match[str]) -> str:
        nonlocal left
        left -= 1
        return match[0] if left >= 0 else rf"\quad(\text{{{match[1]}}})"

    return _TAG.sub(shown, latex)


def _loose_ampersand(latex: str) -> bool:
    depth = 0
    for token in tokens(latex):
        if name := _NAME.fullmatch(token):
            depth += 1 if name[1] == "begin" else -1
        elif token == "&" and depth == 0:
            return True
    return False

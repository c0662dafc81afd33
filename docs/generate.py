"""Writes docs/reference/options.md and configuration.md from the command line itself: `python docs/generate.py`."""

from __future__ import annotations

import enum
import typing
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperArgument, TyperOption

from ocr2cli.app import app

Command = Any
"""Of click, which typer imports or holds a copy of: there is no one type to name."""
HERE = Path(__file__).parent / "reference"
NOTE = "<!-- Made by docs/generate.py; change the help of the options instead. -->\n"


def main() -> None:
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """File name → text."""
    return {"options.md": _options(), "configuration.md": _configuration()}


def _options() -> str:
    parts = ["# Commands and options\n", NOTE]
    for name, command in _commands().items():
        parts.append(f"\n## ocr2 {name}\n")
        parts.append((command.help or "").strip() + "\n")
        groups: dict[str, list[str]] = defaultdict(list)
        for parameter in command.params:
            if isinstance(parameter, TyperArgument):
                name_shown = parameter.metavar or (parameter.name or "").upper()
                groups["Arguments"].append(f"| `{name_shown}` | {_cell(parameter.help)} | |")
            elif isinstance(parameter, TyperOption) and not parameter.hidden:
                flags = ", ".join(f"`{flag}`" for flag in (*parameter.opts, *parameter.secondary_opts))
                values = f" `{_cell(parameter.metavar)}`" if parameter.metavar else _choices(parameter)
                panel = getattr(parameter, "rich_help_panel", None) or "Options"
                groups[panel].append(f"| {flags}{values} | {_cell(parameter.help)} | {_default(parameter)} |")
        for title, rows in groups.items():
            parts.append(f"\n**{title}**\n\n| | | default |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _configuration() -> str:
    convert = _commands()["convert"]
    options = [each for each in convert.params if isinstance(each, TyperOption) and not each.hidden]
    rows = []
    for each in options:
        name = each.opts[0].removeprefix("--") if each.opts[0].startswith("--") else each.name or ""
        rows.append(f"| `{name}` | `OCR2_{name.upper().replace('-', '_')}` | {_default(each)} |")
    return (
        f"""# ocr2.toml and variables

{NOTE}
Every option can also be set by a variable or in a file. What is given on the command line counts most, then
variables, then `ocr2.toml` in the current folder or in `~/.config/ocr2`, then the default. `ocr2 config` shows each
value and where it comes from.

```toml
# ocr2.toml
dpi = 200          # for every command that has the option

[convert]
format = "md,json"
```

| key | variable | default |
| --- | --- | --- |
"""
        + "\n".join(rows)
        + "\n"
    )


def _commands() -> dict[str, Command]:
    return dict(_within(typer.main.get_command(app), ()))


def _within(group: Command, path: tuple[str, ...]) -> Iterator[tuple[str, Command]]:
    """Commands in their order, those of a group behind it: `models`, `models pull`."""
    for name, command in getattr(group, "commands", {}).items():
        yield " ".join((*path, name)), command
        yield from _within(command, (*path, name))


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", r"\|")


def _choices(option: TyperOption) -> str:
    kind = option.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        words = [str(each.value) for each in kind]
    else:
        words = [str(each) for each in typing.get_args(kind) if isinstance(each, str)]
    return " `" + "\\|".join(words) + "`" if words else ""


def _default(option: TyperOption) -> str:
    if isinstance(option.show_default, str):
        return option.show_default
    value = option.default
    value = value.value if isinstance(value, enum.Enum) else value
    return "" if value is None or value is False or callable(value) else f"`{value}`"


if __name__ == "__main__":
    main()

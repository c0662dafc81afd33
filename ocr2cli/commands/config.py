"""Where an option's value comes from: the command line, then OCR2_* variables, then ocr2.toml, then the default."""

from __future__ import annotations

import difflib
import json
import os
import textwrap
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import UserError

if TYPE_CHECKING:
    from typer.core import TyperGroup as Group

Command = Any
Parameter = Any
"""Of click, which some versions of typer import and others hold a copy of, so that there is no one type to name."""

NAME = "ocr2.toml"
PREFIX = "OCR2_"
_EACH_TIME = {"help", "version"}
# Likeness of names: OCR2_MODLE is .9 like OCR2_MODEL, and must be told; OCR2_HOME is .84 like OCR2_WHOLE, and may be
# somebody's own variable.
_NEAR = 0.85

DefaultMap = dict[str, dict[str, Any]]
"""For each command the values of the file, by parameter name; what click calls a default map."""


@dataclass(frozen=True)
class Setting:
    """One option as it would be taken now; `origin` is in words."""

    option: str
    value: object
    origin: str


def config_file() -> Path | None:
    """`ocr2.toml` of this folder, else of the user's configuration folder."""
    return next((path for path in places() if path.is_file()), None)


def places() -> tuple[Path, Path]:
    """Where it is looked for, the first that is there counts."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(NAME), home / "ocr2" / NAME


def configure(group: Group) -> DefaultMap:
    """Let every option be set by a variable, and read the file. Raises UserError where that is not understood."""
    for command in group.commands.values():
        for parameter in _options(command):
            if not parameter.multiple:
                # Written into click's parameters rather than given to each option: then no option can lack its
                # variable, and what click says of sources (`get_parameter_source`) is right without code of ours.
                parameter.envvar = variable(parameter)
            parameter.show_envvar = False  # on every option it would be half of the help; each help's end says it
    path = config_file()
    found = {} if path is None else _defaults(group, path)
    # Lists come as defaults although they are variables: click would split a password at its spaces.
    given = {name: found.get(name, {}) | _lists(command) for name, command in group.commands.items()}
    return {name: values for name, values in given.items() if values}  # `version` is an option, too


def _lists(command: Command) -> dict[str, list[str]]:
    """Options that take several values, from their variables: one value per line. Click would split at spaces, which a
    password may hold."""
    several = {option.name: variable(option) for option in _options(command) if option.multiple}
    return {name: os.environ[given].splitlines() for name, given in several.items() if given in os.environ}


def misspelt(group: Group) -> Iterator[str]:
    """A line for each variable that is no option but nearly one; of others nobody knows whose they are."""
    known = _variables(group)
    for name in _ours():
        if name not in known and (near := _nearest(name, known, _NEAR)):
            yield f"the variable {name} is not known and has no effect; did you mean {near}?"


def _nearest(word: str, known: Iterable[str], least: float = 0.6) -> str | None:
    """What was meant, if anything is as near as that: two letters that have changed places before all else, for `modle`
    is more like `mode` than like `model` by the letters in their order."""
    near = difflib.get_close_matches(word, sorted(known), 5, least)
    return next((each for each in near if sorted(each) == sorted(word)), near[0] if near else None)


def _variables(group: Group) -> set[str]:
    return {variable(option) for command in group.commands.values() for option in _options(command)}


def _ours() -> list[str]:
    """Variables of this process that look like options."""
    return sorted(name for name in os.environ if name.startswith(PREFIX))


def settings(group: Group, command: str, defaults: DefaultMap) -> Iterator[Setting]:
    """What a command would take now, option by option."""
    target = group.commands[command]
    context = target.make_context(command, ["-"], default_map=defaults.get(command))
    for parameter in _options(target):
        source = context.get_parameter_source(parameter.name)
        name = variable(parameter)
        of_lists = f"variable {name}" if parameter.multiple and name in os.environ else str(config_file())
        origins = {"ENVIRONMENT": f"variable {name}", "DEFAULT_MAP": of_lists}
        origin = origins.get(source.name, "default") if source else "default"
        value = context.params.get(parameter.name)
        secret = parameter.name == "password" and value
        yield Setting(_key(parameter), "(not shown)" if secret else value, origin)


def told(group: Group, command: str, defaults: DefaultMap) -> Iterator[str]:
    """Lines for people: which file counts, what is set and has no effect, and each option with its value."""
    here, home = (str(path) for path in places())
    found = config_file()
    yield f"# {found}" if found else f"# no ocr2.toml: neither {here} in this folder nor {home}"
    known = _variables(group)
    yield from (f"# {name} is set, but there is no such option" for name in _ours() if name not in known)
    unset = {_key(option): option.show_default for option in _options(group.commands[command])}
    for setting in settings(group, command, defaults):
        meant = unset[setting.option]
        nothing = f"({meant})" if isinstance(meant, str) else "(not set)"
        shown = nothing if setting.value in (None, [], ()) else _written(setting.value)
        yield f"{setting.option.replace('_', '-'):<16} {shown:<24} {setting.origin}"


def _written(value: object) -> str:
    """As somebody would write it into a variable; several values with commas between."""
    value = getattr(value, "value", value)
    if isinstance(value, list | tuple):
        return ", ".join(map(_written, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def example(group: Group, command: str) -> Iterator[str]:
    """An ocr2.toml in which every option stands with its help and its default, as a comment."""
    yield f"# Options of ocr2 {command}. At the top they are for every command that has them; take away the # of those"
    yield f"# that you want to set. Looked for as {places()[0]} in the current folder, then as {places()[1]}."
    yield f"[{command}]"
    for option in _options(group.commands[command]):
        yield ""
        yield from textwrap.wrap(
            " ".join((option.help or "").split()), 100, initial_indent="# ", subsequent_indent="# "
        )
        yield f"#{_key(option).replace('_', '-')} = {_toml(option)}"


def _toml(option: Parameter) -> str:
    value = option.default
    value = getattr(value, "value", value)
    if option.multiple:
        return '["one", "another"]'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(str(value if value is not None and not callable(value) else ""))


def _defaults(group: Group, path: Path) -> DefaultMap:
    """Keys at the top are for every command that has such an option, those in [convert] and so on for one."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"{path} cannot be read: {' '.join(str(error).split())}; mend it, or take it away") from error
    tables = {name: value for name, value in content.items() if isinstance(value, dict)}
    shared = {name: value for name, value in content.items() if name not in tables}
    known = {name: {_key(option): option for option in _options(command)} for name, command in group.commands.items()}
    every = {key for options in known.values() for key in options}
    _check(path, shared, every, "")
    _check(path, tables, set(known), "table ")
    for name, table in tables.items():
        _check(path, table, set(known[name]), f"[{name}] ")
    return {
        name: {
            str(options[_plain(key)].name): _value(options[_plain(key)], value)
            for key, value in (shared | tables.get(name, {})).items()
            if _plain(key) in options
        }
        for name, options in known.items()
    }


def _value(option: Parameter, value: object) -> object:
    """A list for an option that takes one value is taken as on the command line, with commas between."""
    if isinstance(value, list) and not option.multiple:
        return ",".join(map(str, value))
    return value


def _check(path: Path, given: dict[str, Any], known: set[str], where: str) -> None:
    for key in given:
        if _plain(key) not in known:
            near = _nearest(_plain(key), known)
            meant = f"did you mean {near.replace('_', '-')}?" if near else f"there are {', '.join(sorted(known))}"
            raise UserError(f"{path}: {where}{key} is not known; {meant}")


def _options(command: Command) -> Iterator[Parameter]:
    for parameter in command.params:
        if parameter.param_type_name == "option" and parameter.name not in _EACH_TIME:
            yield parameter


def variable(parameter: Parameter) -> str:
    """`--page-separator` as OCR2_PAGE_SEPARATOR."""
    return PREFIX + _key(parameter).upper()


def _key(parameter: Parameter) -> str:
    """The long name of an option, `--page-separator` as page_separator."""
    return next(_plain(name) for name in parameter.opts if name.startswith("--"))


def _plain(key: str) -> str:
    return key.removeprefix("--").replace("-", "_")

"""Commands that take their options in groups: a dataclass as a parameter stands for one option per field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command as Typer reads it: each parameter that is a dataclass is replaced by the dataclass's fields.

    So an option that several commands have is written once. Options come in the help in the order of the parameters.
    """
    hints = get_type_hints(command, include_extras=True)
    # Typer knows functions with one parameter per option only. So it is shown such a function, and this one is called
    # with the dataclasses made of what it was given.
    groups: dict[str, type[DataclassInstance]] = {
        name: hint for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)
    }
    parameters: list[Parameter] = []
    for name, parameter in signature(command).parameters.items():
        if name in groups:
            parameters += _options(groups[name])
        else:
            parameters.append(parameter.replace(annotation=hints[name], kind=Parameter.KEYWORD_ONLY))

    @wraps(command)
    def run(**given: object) -> None:
        made = {name: group(**{f.name: given.pop(f.name) for f in fields(group)}) for name, group in groups.items()}
        command(**given, **made)

    # Typer asks for both: the signature for order and defaults, the annotations for the types.
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _options(group: type[DataclassInstance]) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=_default(field), annotation=hints[field.name])
        for field in fields(group)
    ]


def _default(field: Field[Any]) -> object:
    return Parameter.empty if field.default is MISSING else field.default

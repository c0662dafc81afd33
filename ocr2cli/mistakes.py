"""A value that an option does not take, in a sentence that names it and where it comes from; shortages."""

from __future__ import annotations

import errno
from typing import Any

from ocr2cli.commands.config import config_file, variable

# What checks numbers, by the names of its errors, and what it would have taken.
_KINDS = {
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
}
_NO_ROOM = ("failed to map segment", "annot allocate memory")  # as the loaders of Linux say it, glibc's and musl's
_BOUNDS = {
    "greater_than_equal": ("less than", "ge"),
    "greater_than": ("not more than", "gt"),
    "less_than_equal": ("more than", "le"),
    "less_than": ("not less than", "lt"),
}


def in_words(error: Any) -> str:  # noqa: ANN401 click's BadParameter, of which there are two
    """The message of a BadParameter; what it does not know stays as it was said."""
    return _said(error) + _origin(error)


def _said(error: Any) -> str:  # noqa: ANN401
    found: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
    kind, value = (found[0]["type"], found[0]["input"]) if found else ("", None)
    if kind in _KINDS:
        return f"{value!r} is not {_KINDS[kind]}"
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        return f"{value} is {words} {found[0]['ctx'][key]:g}"
    return str(error.message).replace("Value error, ", "")


def _origin(error: Any) -> str:  # noqa: ANN401
    if error.ctx is None or error.param is None or error.param.param_type_name != "option":
        return ""
    source = error.ctx.get_parameter_source(error.param.name)
    where = {"ENVIRONMENT": f"the variable {variable(error.param)}", "DEFAULT_MAP": config_file()}
    name = where.get(source.name) if source else None
    return f" (from {name})" if name else ""


def shortage(error: BaseException) -> str | None:
    """What this process may not have enough of, and what to do; None where it is something else.

    Libraries that do not fit into memory are an ImportError.
    """
    if isinstance(error, MemoryError) or any(text in str(error) for text in _NO_ROOM):
        return "there is not enough memory for this process: end others, or raise the limit (ulimit -v)"
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return "this process may not open enough files: raise the limit (ulimit -n 1024)"
    return None

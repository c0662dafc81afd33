"""The line that says how far a run is, for a terminal of any width and with or without more than ASCII."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

BAR = 12
"""Columns of the bar: with all facts the line still fits on 80."""
BREAK = 2
"""Columns left free at the end: a terminal writes ^C there, and a line that it makes too long stays on the screen."""
LEAST_NAME = 8
"""Columns of a file's name, below which it says nothing and is left out."""

_ROUGH = 600.0
"""Seconds from which only minutes are said: nobody plans a wait of ten minutes by its seconds."""
_WIDE = 24
"""Columns from which there is room for that."""
_FRAMES = {True: "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", False: "|/-\\"}
_CELLS = {True: ("━", "╌"), False: ("#", ".")}


@dataclass(frozen=True)
class Standing:
    """How far a run is. `pages` is None where nobody knows how many there are, and `about` where it is an estimate.

    `seconds` went by, `left` are left, if that can be said. `doing` is a verb, where it is not reading; `name` and
    `page` say of what. `others` pages are read beside it. `tokens` were written of the page so far. `written` of how
    many pages of it are in its files, where that can be said.
    """

    done: int = 0
    pages: int | None = None
    about: bool = False
    seconds: float = 0.0
    left: float | None = None
    failed: int = 0  # documents of which something is missing
    doing: str = ""
    name: str = ""
    page: int = 0
    others: int = 0
    tokens: int = 0
    written: tuple[int, int] = (0, 0)


def live(standing: Standing, width: int, fancy: bool = True) -> str:
    """For a terminal with so many columns, with a bar and a sign that moves; the longest form that fits."""
    frames, standing = _FRAMES[fancy], replace(standing, name=on_one_line(standing.name))
    sign = frames[int(standing.seconds * 8) % len(frames)]
    room = width - 2 - (BREAK if width >= _WIDE else 0)
    forms = list(_forms(standing, room, fancy))
    fitting = next((form for form in forms if _cells(form) <= room), forms[-1])
    return f"{sign} {fitting}"[:width]


def plain(standing: Standing) -> str:
    """For a log: a sentence with everything."""
    return ", ".join(_facts(standing, _where(standing, standing.name)))


def on_one_line(text: str) -> str:
    """A text whose unprintable characters are written as Python would."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def clock(seconds: float) -> str:
    """0:42, 14 min, 2.5 h"""
    if seconds >= 2 * 3600:
        return f"{seconds / 3600:.1f} h"
    if seconds >= _ROUGH:
        return f"{seconds / 60:.0f} min"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _forms(standing: Standing, width: int, fancy: bool) -> Iterator[str]:
    """Ever shorter: with a shorter name, without the tokens, without the bar, without the name,
    with figures alone."""
    bar, short = _bar(standing, fancy), replace(standing, tokens=0)
    yield f"{bar}{', '.join(_facts(standing, _where(standing, standing.name)))}"
    for head, state, least in ((bar, standing, 2 * LEAST_NAME), (bar, short, LEAST_NAME), ("", short, LEAST_NAME)):
        bare = f"{head}{', '.join(_facts(state, _where(state, '')))}"
        room = width - _cells(bare) - 1
        if room >= min(least, _cells(state.name)):
            yield f"{head}{', '.join(_facts(state, _where(state, _shortened(state.name, room, fancy))))}"
    yield ", ".join(_facts(short, ""))
    count = f"{short.done}" + (f"/{short.pages}" if short.pages is not None else "")
    yield f"{count}, {clock(short.left)} left" if short.left is not None else count
    yield count


def _facts(standing: Standing, where: str) -> list[str]:
    facts = [_count(standing)]
    if standing.left is not None:
        facts.append(f"{clock(standing.left)} left")
    elif standing.seconds >= 1:
        facts.append(clock(standing.seconds))
    if standing.failed:
        facts.append(f"{standing.failed} incomplete")
    return facts + ([where] if where else [])


def _count(standing: Standing) -> str:
    if standing.pages is None:
        return f"{standing.done} page{'' if standing.done == 1 else 's'}"
    about = "about " if standing.about else ""
    return f"{standing.done} of {about}{standing.pages} page{'' if standing.pages == 1 else 's'}"


def _where(standing: Standing, name: str) -> str:
    """ "scan.pdf page 3 and 7 more (420 tokens)", "writing scan.pdf" """
    words = [standing.doing] if standing.doing else []
    words += [name] if name else []
    words += [f"page {standing.page}"] if standing.page else []
    words += [f"and {standing.others} more"] if standing.others else []
    words += [f"({standing.tokens:,} tokens)"] if standing.tokens else []
    words += ["({} of {})".format(*standing.written)] if standing.written[1] > 1 else []
    return " ".join(words)


def _bar(standing: Standing, fancy: bool) -> str:
    """Two signs, not two colours: some people have no colours, and some terminals show none."""
    if not standing.pages:
        return ""
    full, empty = _CELLS[fancy]
    filled = int(BAR * min(1.0, standing.done / standing.pages))
    return full * filled + empty * (BAR - filled) + " "


def _shortened(name: str, room: int, fancy: bool) -> str:
    """A name whose middle is left out: the end of a file's name often tells it from its neighbours."""
    if _cells(name) <= room:
        return name
    mark = "…" if fancy else "..."
    head, tail = (room - len(mark)) // 2, (room - len(mark) + 1) // 2
    begin, end = name, name
    while _cells(begin) > head:
        begin = begin[:-1]
    while _cells(end) > tail:
        end = end[1:]
    return begin + mark + end


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)

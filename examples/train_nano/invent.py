"""Invented strings that prose has too few of: names, dates, prices, codes, addresses, and strings that are no words."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from numpy.random import Generator

_ROWS = Path(__file__).with_name("words.tsv").read_text(encoding="utf-8").splitlines()
WORDS = {row.split("\t")[0]: tuple(row.split("\t")[1:]) for row in _ROWS}
FIRST, LAST, CITIES, STREETS, MONTHS = (WORDS[key] for key in ("first", "last", "cities", "streets", "months"))
DAYS, NOUNS, TRADES, ITEMS, GOODS = (WORDS[key] for key in ("days", "nouns", "trades", "items", "goods"))


T = TypeVar("T")


def pick(rng: Generator, items: Sequence[T]) -> T:
    """One of several, all equally likely."""
    return items[int(rng.integers(len(items)))]


def name(rng: Generator) -> str:
    first, last = pick(rng, FIRST), pick(rng, LAST)
    form = rng.integers(6)
    if form == 0:
        return f"{first} {pick(rng, string.ascii_uppercase)}. {last}"
    if form == 1:
        return f"{last}, {first[0]}."
    if form == 2:
        return f"{pick(rng, ('Dr.', 'Mr.', 'Mrs.', 'Ms.', 'Prof.'))} {first} {last}"
    return f"{first} {last}"


def digits(rng: Generator, count: int) -> str:
    return "".join(str(d) for d in rng.integers(0, 10, count))


def number(rng: Generator) -> str:
    value = float(10 ** rng.uniform(0, 6.5))
    form = rng.integers(7)
    if form == 0:
        return f"{value:.0f}"
    if form == 1:
        return f"{value / 1000:.{int(rng.integers(1, 4))}f}"
    if form == 2:
        return f"{value:,.2f}"
    if form == 3:
        return f"{value % 100:.1f}%"
    if form == 4:
        return f"-{value % 1000:.2f}"
    return f"{value:,.0f}"


def money(rng: Generator) -> str:
    value = float(10 ** rng.uniform(0.3, 5.5))
    form = rng.integers(6)
    if form < 3:
        return f"{pick(rng, '$€£')}{value:,.2f}"
    return (f"{value:,.2f}", f"${value:,.0f}", f"({value:,.0f})")[int(form) - 3]


def date(rng: Generator) -> str:
    year, month, day = int(rng.integers(1880, 2031)), int(rng.integers(1, 13)), int(rng.integers(1, 29))
    form = rng.integers(8)
    return (
        f"{day} {MONTHS[month - 1]} {year}", f"{MONTHS[month - 1]} {day}, {year}", f"{year}-{month:02d}-{day:02d}",
        f"{day:02d}.{month:02d}.{year}", f"{month}/{day}/{year % 100:02d}", f"{day:02d}/{month:02d}/{year}",
        f"{MONTHS[month - 1][:3]} {year}", f"{pick(rng, DAYS)}, {day} {MONTHS[month - 1][:3]}. {year}",
    )[int(form)]  # fmt: skip


def time(rng: Generator) -> str:
    hour, minute = int(rng.integers(24)), int(rng.integers(60))
    return f"{hour:02d}:{minute:02d}" if rng.random() < 0.5 else f"{hour % 12 or 12}:{minute:02d} {'AP'[hour > 11]}M"


def code(rng: Generator) -> str:
    """Part numbers, references, licence plates."""
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        letters = rng.random() < 0.45
        count = int(rng.integers(1, 6))
        parts.append(
            "".join(pick(rng, string.ascii_uppercase) for _ in range(count)) if letters else digits(rng, count)
        )
    return pick(rng, "--/._ ").strip().join(parts) or digits(rng, 5)


def phone(rng: Generator) -> str:
    d = digits(rng, 10)
    return pick(
        rng,
        (f"({d[:3]}) {d[3:6]}-{d[6:]}", f"+44 {d[:4]} {d[4:]}", f"+1 {d[:3]} {d[3:6]} {d[6:]}", f"0{d[:4]}-{d[4:]}"),
    )


def email(rng: Generator) -> str:
    first, last = pick(rng, FIRST).lower(), pick(rng, LAST).lower().replace(" ", "").replace("'", "")
    host = f"{pick(rng, NOUNS).lower()}{pick(rng, ('', '-', ''))}{pick(rng, TRADES).lower()}"
    user = pick(rng, (f"{first}.{last}", f"{first[0]}{last}", f"{first}_{digits(rng, 2)}", "info", "sales", "contact"))
    return f"{user}@{host}.{pick(rng, ('com', 'org', 'net', 'co.uk', 'de', 'edu'))}"


def url(rng: Generator) -> str:
    path = "/".join(pick(rng, ITEMS).lower() for _ in range(int(rng.integers(0, 3))))
    start = pick(rng, ("https://", "http://", "www.", "https://www."))
    return (
        f"{start}{pick(rng, NOUNS).lower()}{pick(rng, TRADES).lower()}.{pick(rng, ('com', 'org', 'io', 'gov'))}/{path}"
    )


def company(rng: Generator) -> str:
    return (
        f"{pick(rng, NOUNS)} {pick(rng, TRADES)}{pick(rng, ('', ' Inc.', ' Ltd.', ' LLC', ' GmbH', ' & Co.', ' plc'))}"
    )


def address(rng: Generator) -> list[str]:
    """Street line and town line."""
    way = pick(rng, ("Street", "St.", "Avenue", "Road", "Lane", "Drive"))
    street = f"{int(rng.integers(1, 2000))} {pick(rng, STREETS)} {way}"
    town = pick(rng, CITIES)
    state = "".join(pick(rng, string.ascii_uppercase) for _ in range(2))
    return [
        street,
        pick(
            rng,
            (
                f"{town}, {state} {digits(rng, 5)}",
                f"{digits(rng, 5)} {town}",
                f"{town} {state}{digits(rng, 1)} {digits(rng, 1)}QT",
            ),
        ),
    ]


def item(rng: Generator) -> str:
    return f"{pick(rng, GOODS)} {pick(rng, ITEMS).lower()}" if rng.random() < 0.6 else pick(rng, ITEMS)


def nonsense(rng: Generator) -> str:
    """A string that no language model can guess."""
    form = rng.integers(3)
    count = int(rng.integers(2, 11))
    if form == 0:
        word = "".join(pick(rng, string.ascii_lowercase) for _ in range(count))
        return word.capitalize() if rng.random() < 0.3 else word
    letters = (
        string.ascii_letters + string.digits
        if form == 1
        else string.ascii_letters + string.digits + "!#$%&()*+,-./:;=?@[]_{}"
    )
    return "".join(pick(rng, letters) for _ in range(count))


def science(rng: Generator) -> str:
    """Quantities with Greek letters and signs."""
    letter = pick(rng, "αβγδεθκλμνπρστφχψωΔΣΩΓ")
    value = f"{rng.uniform(0, 50):.{int(rng.integers(0, 4))}f}"
    unit = pick(rng, ("", "%", " °C", " µm", " kg", " mm²", " m³", " Ω", " kHz", " mg/L", "°", " €"))
    forms = (
        f"{letter} {pick(rng, '=≤≥≈±≠')} {value}{unit}", f"{value} ± 0.{digits(rng, 2)}{unit}", f"{value}×10³",
        f"R² = 0.{digits(rng, 2)}", f"{letter}/{pick(rng, 'αβγxyz')}", f"√{value}", f"p < 0.0{digits(rng, 1)}",
        f"∑{letter}", f"{value}{unit} → {value}", f"½ {value}{unit}", f"§ {value}", f"{letter}–{letter}",
    )  # fmt: skip
    return pick(rng, forms)


MAKERS: tuple[Callable[[Generator], str], ...] = (
    name,
    number,
    money,
    date,
    time,
    code,
    phone,
    email,
    url,
    company,
    item,
    science,
    nonsense,
)


def anything(rng: Generator) -> str:
    """One short invented string of any kind."""
    return MAKERS[int(rng.integers(len(MAKERS)))](rng)


def salad(rng: Generator, words: int) -> str:
    """A line of unrelated strings, to be read rather than guessed."""
    return " ".join(nonsense(rng) if rng.random() < 0.6 else anything(rng) for _ in range(words))

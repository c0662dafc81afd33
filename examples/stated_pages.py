"""Pages with known truth for `stated_peers.py`: what each states, and how a reader's text shows that it was kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pymupdf

_PROSE = (
    "The harbour office keeps a ledger of every boat that comes in before noon.",
    "Each line names the boat, the skipper and the weight of the catch, and the",
    "clerk signs it in the evening, when the office is shut and the lamp is lit.",
)
_CELL = r"(?:\*\*)?\s*(?:\||</t[dh]>\s*<t[dh][^>]*>)\s*(?:\*\*)?"
_ROW = r"(?:\||<t[dh][^>]*>)\s*(?:\*\*)?"


@dataclass(frozen=True)
class Kind:
    """A kind of page: who draws it, and a pattern for each fact of it that must be found in what a reader writes.

    `absent` are patterns that must not be found. Patterns are searched with `re.M` and `re.S` off.
    """

    draw: Callable[[pymupdf.Document], None]
    facts: Sequence[str]
    absent: Sequence[str] = ()

    def kept(self, text: str) -> tuple[int, int]:
        """How many facts a text has, of how many."""
        found = [re.search(fact, text, re.M) is not None for fact in self.facts]
        found += [re.search(fact, text, re.M) is None for fact in self.absent]
        return sum(found), len(found)


def _lines(page: pymupdf.Page, lines: Sequence[str], x: float, y: float, size: float = 11, font: str = "helv") -> None:
    for i, line in enumerate(lines):
        page.insert_text((x, y + 1.25 * size * i), line, fontsize=size, fontname=font)


def _runs(page: pymupdf.Page, y: float, *runs: tuple[str, str, float, float]) -> list[float]:
    """Write (text, font, size, rise) one after the other; where each begins, and where the last one ends."""
    places = [72.0]
    for text, font, size, rise in runs:
        page.insert_text((places[-1], y - rise), text, fontname=font, fontsize=size)
        places.append(places[-1] + pymupdf.get_text_length(text, font, size))
    return places


def _links(pdf: pymupdf.Document) -> None:
    page = pdf.new_page()
    _lines(page, ["Rules of the harbour"], 72, 80, 20)
    _lines(page, ["More is told on nets and on boats elsewhere. Write to the clerk. See the dues below."], 72, 120)
    _lines(page, ["Dues"], 72, 300, 15, "hebo")
    _lines(page, _PROSE, 72, 330)
    page.insert_link(_link(page, "nets", uri="https://example.org/nets"))
    page.insert_link(_link(page, "boats", uri="https://example.org/boats"))
    page.insert_link(_link(page, "the clerk", uri="mailto:clerk@example.org"))
    goto = {"kind": pymupdf.LINK_GOTO, "page": 0, "to": pymupdf.Point(72, 285)}
    page.insert_link({**goto, "from": page.search_for("the dues")[0]})


def _link(page: pymupdf.Page, words: str, uri: str) -> dict[str, object]:
    return {"kind": pymupdf.LINK_URI, "from": page.search_for(words)[0], "uri": uri}


def _emphasis(pdf: pymupdf.Document) -> None:
    page = pdf.new_page()
    plain = ("helv", 11.0, 0.0)
    office = ("harbour office", "heit", 11.0, 0.0)
    rent = ("ninety euro", "hebo", 11.0, 0.0)
    _runs(page, 100, ("The rent is ", *plain), rent, (" and is paid at the ", *plain), office, (".", *plain))
    x = _runs(
        page, 130, ("Last year it was ", "helv", 11, 0), ("eighty euro", "helv", 11, 0), (" and less.", "helv", 11, 0)
    )
    page.draw_line((x[1], 126.5), (x[2], 126.5))
    _runs(page, 160, ("A berth has 40 m", "helv", 11, 0), ("2", "helv", 7, 4), (" and the water is H", "helv", 11, 0),
          ("2", "helv", 7, -2), ("O with salt.", "helv", 11, 0))  # fmt: skip
    _lines(page, _PROSE, 72, 200)


def _tables(pdf: pymupdf.Document) -> None:
    page = pdf.new_page()
    _lines(page, _PROSE, 72, 80)
    for i, row in enumerate((("Boat", "Crew"), ("Heron", "4"), ("Plover", "7"))):
        for k, text in enumerate(row):
            page.draw_rect((72 + 120 * k, 140 + 20 * i, 192 + 120 * k, 160 + 20 * i))
            page.insert_text((78 + 120 * k, 154 + 20 * i), text, fontname="hebo" if i == 0 else "helv")
    _lines(page, _PROSE, 72, 240)
    for i, row in enumerate(
        (("Month", "Boats", "Catch"), ("May", "12", "3.4"), ("June", "19", "5.1"), ("July", "8", "2.0"))
    ):
        for k, text in enumerate(row):
            page.insert_text((72 + 110 * k, 310 + 16 * i), text, fontname="hebo" if i == 0 else "helv")
    _lines(page, _PROSE, 72, 400)


def _notes(pdf: pymupdf.Document) -> None:
    page = pdf.new_page()
    for i, (text, mark) in enumerate((("The rent is due", "1"), ("The office is shut", "2"), ("The lamp is lit", "*"))):
        x = _runs(page, 100 + 30 * i, (f"{text} as everybody knows", "helv", 11, 0))
        page.insert_text((x[1], 96 + 30 * i), mark, fontsize=7)
    for i, line in enumerate(_PROSE * 6):
        page.insert_text((72, 190 + 14 * i), line)
    for i, (mark, note) in enumerate((("1", "Paid in May."), ("2", "Closed in winter."), ("*", "But not on Sundays."))):
        page.insert_text((72, 737 + 12 * i), mark, fontsize=5)
        page.insert_text((76, 740 + 12 * i), note, fontsize=8)


def _lists(pdf: pymupdf.Document) -> None:
    page = pdf.new_page()
    _lines(page, _PROSE, 72, 80)
    items = ((0, "•", "nets, which are dried"), (1, "•", "small nets"), (0, "•", "boats"), (0, "1.", "pay the dues"),
             (0, "2.", "sign the ledger"), (1, "(a)", "with the date"), (1, "(b)", "with the hour"))  # fmt: skip
    for i, (depth, mark, text) in enumerate(items):
        page.insert_text((80 + 20 * depth, 140 + 15 * i + 20 * (i > 2)), mark)
        page.insert_text((97 + 20 * depth, 140 + 15 * i + 20 * (i > 2)), text)
    _lines(page, _PROSE, 72, 300)


def _code(pdf: pymupdf.Document) -> None:
    page = pdf.new_page()
    _lines(page, _PROSE, 72, 80)
    _lines(
        page,
        ["def total(dues):", "    sum = 0", "    for due in dues:", "        sum += due", "", "    return sum"],
        72,
        140,
        10,
        "cour",
    )
    _lines(page, _PROSE, 72, 250)


def _form(pdf: pymupdf.Document) -> None:
    page = pdf.new_page()
    _lines(page, ["Name", "Harbour", "Night berth", "Day berth"], 72, 100, 16)
    for i, (kind, name, value) in enumerate(
        ((pymupdf.PDF_WIDGET_TYPE_TEXT, "name", "Ada Field"), (pymupdf.PDF_WIDGET_TYPE_COMBOBOX, "harbour", "North"),
         (pymupdf.PDF_WIDGET_TYPE_CHECKBOX, "night", True), (pymupdf.PDF_WIDGET_TYPE_CHECKBOX, "day", False))
    ):  # fmt: skip
        widget = pymupdf.Widget()
        widget.field_type, widget.field_name = kind, name
        widget.rect = pymupdf.Rect(200, 86 + 20 * i, 320 if i < 2 else 214, 100 + 20 * i)
        widget.choice_values = ["North", "South"] if i == 1 else None
        widget.field_value = value
        page.add_widget(widget)


def _verse(pdf: pymupdf.Document) -> None:
    page = pdf.new_page()
    _lines(page, ["Mrs Ada Field", "12 Quay Street", "flat 3, second floor", "4711 Harbourton"], 72, 80)
    _lines(page, _PROSE, 72, 160)
    for i, line in enumerate(
        (
            "The lamp upon the quay is lit,",
            "the tide is running low;",
            "the gulls that in the rigging sit",
            "have nowhere else to go.",
        )
    ):
        page.insert_text((72 + 18 * (i % 2), 240 + 15 * i), line)
    _lines(page, _PROSE, 72, 330)


def _columns(pdf: pymupdf.Document) -> None:
    for number in range(3):
        page = pdf.new_page()
        page.insert_text((72, 40), "Harbour News", fontsize=9)
        page.insert_text((520, 40), str(number + 7), fontsize=9)
        for k in range(2):
            lines = [f"column {'ab'[k]} of page {number + 7} begins"] if k == 0 else []
            _lines(page, [*lines, *(line[:38] for line in _PROSE * 5), f"end of {'ab'[k]} {number}"], 72 + 250 * k, 80)


def _hidden(pdf: pymupdf.Document) -> None:
    page = pdf.new_page()
    _lines(page, _PROSE, 72, 80)
    page.insert_text((72, 160), "white words of nobody", color=(1, 1, 1))
    page.insert_text((72, 190), "covered words of nobody")
    page.draw_rect((70, 178, 300, 194), fill=(0, 0, 0), color=(0, 0, 0))
    page.insert_text((72, 220), "unseen words of nobody", render_mode=3)
    _lines(page, _PROSE, 72, 250)


def _outline(pdf: pymupdf.Document) -> None:
    page = pdf.new_page()
    for i, title in enumerate(("The harbour", "Dues", "By night", "By day", "Boats")):
        page.insert_text((72, 80 + 100 * i), title, fontsize=13, fontname="hebo")
        _lines(page, _PROSE, 72, 105 + 100 * i)
    pdf.set_toc(
        [
            [level, title, 1]
            for level, title in ((1, "The harbour"), (2, "Dues"), (3, "By night"), (3, "By day"), (2, "Boats"))
        ]
    )


def _formula(pdf: pymupdf.Document) -> None:
    page = pdf.new_page()
    _lines(page, _PROSE, 72, 80)
    for x, y, text in ((220, 150, "f ="), (243, 143, "a + b"), (252, 158, "c"), (430, 150, "(4)")):
        page.insert_text((x, y), text)
    page.draw_line((241, 147), (272, 147), width=0.5)
    _lines(page, _PROSE, 72, 190)


KINDS: dict[str, Kind] = {
    "links": Kind(
        _links,
        (
            r"\[nets\]\(https://example\.org/nets\)",
            r"\[boats\]\(https://example\.org/boats\)",
            r"\[the clerk\]\(mailto:clerk@example\.org\)",
            r"\[the dues\]\(#[^)]+\)",
        ),
    ),
    "emphasis": Kind(
        _emphasis,
        (
            r"(?:\*\*|__|<b>)ninety euro",
            r"(?:(?<!\*)\*(?!\*)|(?<!_)_(?!_)|<i>|<em>)harbour office",
            r"(?:~~|<s>|<del>)eighty euro",
            r"m(?:<sup>2</sup>|²|\^2|\$\^)",
            r"H(?:<sub>2</sub>|₂|\$_)",
        ),
    ),
    "tables": Kind(
        _tables,
        tuple(
            _ROW + _CELL.join(row)
            for row in (
                ("Boat", "Crew"),
                ("Heron", "4"),
                ("Plover", "7"),
                ("Month", "Boats", "Catch"),
                ("May", "12", r"3\.4"),
                ("July", "8", r"2\.0"),
            )
        ),
    ),
    "footnotes": Kind(
        _notes,
        tuple(
            rf"\[\^([^\]]+)\]: *{note}" for note in (r"Paid in May\.", r"Closed in winter\.", r"But not on Sundays\.")
        ),
    ),
    "lists": Kind(
        _lists,
        (
            r"^[-*•] nets",
            r"^(?: {2,}|\t)[-*•] small nets",
            r"^[-*•] boats",
            r"^1[.)] pay",
            r"^2[.)] sign",
            r"^(?: {2,}|\t)(?:[-*] )?\(?a[.)] with the date",
            r"^(?: {2,}|\t)(?:[-*] )?\(?b[.)] with the hour",
        ),
    ),
    "code": Kind(
        _code,
        (
            r"^```.*\ndef total\(dues\):\n",
            r"^    for due in dues:\n        sum \+= due\n",
            r"due\n\n    return sum\n```",
        ),
    ),
    "forms": Kind(
        _form,
        (
            r"Name\W.*Ada Field",
            r"Harbour\W.*North",
            r"\[x\].*Night|Night berth.*(?:\[x\]|☒|☑)",
            r"\[ \].*Day|Day berth.*(?:\[ \]|☐)",
        ),
    ),
    "line ends": Kind(
        _verse,
        (
            r"Ada Field(?:  |\\|<br>|)\n+12 Quay",
            r"floor(?:  |\\|<br>|)\n+4711",
            r"lit,(?:  |\\|<br>|)\n+ *the tide",
            r"low;(?:  |\\|<br>|)\n+ *the gulls",
            r"sit(?:  |\\|<br>|)\n+ *have",
        ),
    ),
    "columns": Kind(
        _columns,
        tuple(rf"end of a {n}[\s\S]*end of b {n}" for n in range(3)),
        (r"Harbour News[\s\S]*Harbour News", r"^\W*[89]\W*$"),
    ),
    "hidden": Kind(_hidden, (), ("white words", "covered words", "unseen words")),
    "headings": Kind(
        _outline, (r"^# \W*The harbour", r"^## \W*Dues", r"^### \W*By night", r"^### \W*By day", r"^## \W*Boats")
    ),
    "formulas": Kind(
        _formula,
        (
            r"lit\.\n\n(?:!\[[^\n]*\n\n)?[^\n]*f ="
            r"[\s\S]{0,30}a \+ b[\s\S]{0,30}c[\s\S]{0,30}\(?4\)?[^\n]*\n\n\W*The harbour",
        ),
    ),
}
"""Each kind by its name, in the order of the table."""

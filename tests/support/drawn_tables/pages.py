"""Pages by kind and seed: with tables whose truth is known, and with what only looks like a table."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from drawn_tables.changes import close_label, hand_broken, merged_labels, signs_apart, with_units
from drawn_tables.content import Wish
from drawn_tables.kinds import layouts, lookalike, placed, science, trade, unlike
from drawn_tables.setting import Drawn, Kind, alone
from drawn_tables.style import (
    ALL,
    APART,
    BARE,
    BOOKTABS,
    COLUMNS,
    FRAMED,
    GRID,
    GROUNDS,
    LINES,
    RULED,
    SHADED,
    STUB,
    TOP_ONLY,
    UNDER,
)

KINDS: dict[str, Kind] = {
    "full_rules": Kind((GRID,), Wish(head_words=2)),
    "column_rules": Kind((COLUMNS,), Wish()),
    "row_rules": Kind((LINES,), Wish()),
    "booktabs": Kind((BOOKTABS, TOP_ONLY), Wish()),
    "bare": Kind((BARE,), Wish()),
    "shaded": Kind((SHADED,), Wish()),
    "two_row_head": Kind(ALL, Wish(columns=(4, 7), levels=2)),
    "long_heads": Kind(ALL, Wish(columns=(3, 5), head_words=2)),
    "wrapped_labels": Kind(ALL, Wish(wrapped=True)),
    "sparse": Kind(ALL, Wish(sparse=0.35)),
    "money": Kind((BARE, BOOKTABS, TOP_ONLY, LINES), Wish(rows=(5, 14), columns=(3, 5), money=True, grouped=True)),
    "signs_apart": Kind(ALL, Wish(columns=(3, 4), money=True), signs_apart),
    "side_groups": Kind(ALL, Wish(rows=(5, 14), columns=(2, 3), doubled=True)),
    "groups": Kind(ALL, Wish(rows=(6, 14), grouped=True)),
    "merged_labels": Kind((GRID,), Wish(), merged_labels),
    "text_cells": Kind(RULED, Wish(columns=(3, 4), text_columns=1.0)),
    "prose_cells": Kind((GRID, LINES, BOOKTABS, COLUMNS), Wish(columns=(2, 4), text_columns=0.7, prose_cells=True)),
    "address_cells": Kind((GRID, LINES), Wish(columns=(2, 4), text_columns=0.6, lines="address")),
    "bullet_cells": Kind((GRID,), Wish(columns=(2, 4), text_columns=0.6, lines="bullets")),
    "boxes_apart": Kind((APART,), Wish(rows=(2, 8))),
    "two_columns": Kind(ALL, Wish(rows=(4, 14), columns=(2, 2))),
    "open_stub": Kind((STUB,), Wish(rows=(4, 14), sparse=0.2)),
    "cell_grounds": Kind((GROUNDS,), Wish(columns=(2, 4), wrapped=True)),
    "close_label": Kind((BARE, BOOKTABS, TOP_ONLY, LINES), Wish(rows=(5, 14), text_columns=0.0), close_label),
    "hand_broken": Kind((BOOKTABS,), Wish(rows=(5, 12), columns=(2, 4), text_columns=0.5), hand_broken),
    "units": Kind(ALL, Wish(columns=(3, 5)), with_units),
    "grouped_labels": Kind((BOOKTABS, GRID), Wish(), science.grouped_labels),
    "first_labels": Kind((BOOKTABS, TOP_ONLY, FRAMED), Wish(), science.first_labels),
    "coefficients": Kind((BOOKTABS, TOP_ONLY), Wish(), science.coefficients),
    "shares": Kind(ALL, Wish(), science.shares),
    "ticks": Kind(ALL, Wish(), science.ticks),
    "noted": Kind(ALL, Wish(), science.noted),
    "matrix": Kind(ALL, Wish(), science.matrix),
    "numbered_columns": Kind((*RULED[2:], BARE, TOP_ONLY, GRID), Wish(head_words=2), science.numbered_columns),
    "deep_head": Kind((BOOKTABS, TOP_ONLY, GRID), Wish(), science.deep_head),
    "statement": Kind((BARE, TOP_ONLY, BOOKTABS, LINES, GRID), Wish(), trade.statement),
    "census": Kind(
        (BARE, BOOKTABS, TOP_ONLY, COLUMNS),
        Wish(rows=(6, 18), columns=(3, 7), levels=2, text_columns=0.0),
        trade.census,
    ),
    "bill": Kind(ALL, Wish(), trade.bill),
    "timetable": Kind(ALL, Wish(), trade.timetable),
    "calendar": Kind(ALL, Wish(), trade.calendar),
    "programme": Kind(RULED, Wish(), trade.programme),
    "panels": Kind((BOOKTABS, TOP_ONLY, BARE, GRID), Wish(), layouts.panels),
    "merged_cells": Kind((GRID,), Wish(rows=(4, 9), text_columns=0.3), layouts.merged_cells),
    "under_rules": Kind((UNDER,), Wish(rows=(4, 14)), layouts.left_heads),
    "left_heads": Kind((UNDER, LINES, BOOKTABS, BARE), Wish(rows=(4, 14), columns=(3, 5)), layouts.left_heads),
    "pairs": Kind((GRID,), Wish(), layouts.pairs),
    "rules_in_part": Kind((BOOKTABS,), Wish(), layouts.rules_in_part),
    "rules_by_column": Kind((BARE,), Wish(), layouts.rules_by_column),
}
PLACES: dict[str, Callable[[Random, bool], Drawn | None]] = {
    "twins": placed.twins,
    "in_column": placed.in_column,
    "long": placed.long,
    "beside": placed.beside,
    "side_by_side": placed.side_by_side,
    "close_prose": placed.close_prose,
    "upright": placed.upright,
    "wide": placed.wide,
    "dark_head": placed.dark_head,
    "snug": placed.snug,
    "with_notes": placed.with_notes,
    "stacked": layouts.stacked,
    "no_head": layouts.no_head,
    "mixed": layouts.mixed,
}
LOOKALIKES: dict[str, Callable[[Random, bool], Drawn | None]] = {
    "form": unlike.form,
    "prose_columns": unlike.prose,
    "contents": unlike.contents,
    "lists": unlike.lists,
    "letter": unlike.letter,
    "diagram": unlike.diagram,
    "formulas": lookalike.formulas,
    "aligned_formulas": lookalike.aligned_formulas,
    "chart": lookalike.chart,
    "code": lookalike.code,
    "index": lookalike.index,
    "references": lookalike.references,
    "affiliations": lookalike.affiliations,
    "signatures": lookalike.signatures,
    "speech": lookalike.speech,
    "resume": lookalike.resume,
    "deep_contents": lookalike.deep_contents,
    "loose_prose": lookalike.loose_prose,
    "numbered_lines": lookalike.numbered_lines,
}
TABLES = (*KINDS, *PLACES)
NONE = tuple(LOOKALIKES)
_PLACED = {**PLACES, **LOOKALIKES}


def page(kind: str, seed: int, held: bool = False) -> Drawn:
    """The page of this kind and seed; the same for ever."""
    rng = Random(f"{kind}/{seed}/{held}")
    while True:  # a table that does not fit is drawn anew
        drawn = _PLACED[kind](rng, held) if kind in _PLACED else alone(KINDS[kind], rng, held)
        if drawn is not None:
            return drawn

"""Pieces of a document → elements, which chunks are filled with: Markdown of one kind, with its places and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from output.document.flow import Piece
from output.document.joining.assemble import Assembly
from output.formats.block_markdown import Scene, markdown
from output.formats.plain_text import plain
from output.grounding.roles import Role

_HEADING = re.compile(r"(#{1,6}) ")  # of our Markdown: in a text it would be escaped
_WHOLE = re.compile(r"<table>|\$\$|\\\[|```|~~~|\| ")
_KEPT_WHOLE = frozenset({Role.TABLE, Role.CODE, Role.FORMULA, Role.FIGURE})
_COMMENT = re.compile(r"[ ]?<!--.*?-->")


@dataclass(frozen=True)
class Element:
    """What stands apart by a blank line; a caption with what it describes is one.

    `level`: 1..6 of a heading, else 0. `whole`: never cut. `places`: the pieces it comes from, over all pages.
    """

    text: str
    level: int
    whole: bool
    role: Role
    places: tuple[Piece, ...]
    headings: tuple[str, ...]


def elements(assembly: Assembly) -> Iterator[Element]:
    """All text of the document in reading order; `headings` of each are those above it, its own among them."""
    scene = Scene(assembly.options, assembly.vocabulary, {})
    path: dict[int, str] = {}
    for together in _groups([piece for run in assembly.runs for piece in run.pieces]):
        owner = next((piece for piece in together if piece.role in _KEPT_WHOLE), together[0])
        places = tuple(place for piece in together for place in (piece, *piece.more))
        texts = [text for piece in together for text in _texts(scene, piece)]
        for text in ["\n\n".join(texts)] if len(together) > 1 else texts:
            level = len(found[1]) if (found := _HEADING.match(text)) else 0
            if level:
                # A heading ends all headings of its own level and below; those above it stay.
                path = {depth: title for depth, title in path.items() if depth < level} | {level: plain(text)}
            whole = owner.role in _KEPT_WHOLE or level > 0 or _WHOLE.match(text) is not None
            role = Role.HEADING if level else owner.role
            yield Element(text, level, whole, role, places, tuple(path[depth] for depth in sorted(path)))


def _groups(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Each piece alone, but captions with what they stand beside and describe."""
    if not pieces:
        return
    group = pieces[:1]
    for before, after in pairwise(pieces):
        if _belong(before, after) or _belong(after, before):
            group.append(after)
        else:
            yield group
            group = [after]
    yield group


def _belong(caption: Piece, owner: Piece) -> bool:
    return caption.number == owner.number and owner.index in caption.block.caption_of


def _texts(scene: Scene, piece: Piece) -> list[str]:
    """A piece as chunks of Markdown without comments; a picture is its words, or where it stands."""
    if piece.role is Role.FIGURE:
        words = scene.inline("; ".join(piece.block.inside))
        named = piece.block.caption is not None or not piece.block.figures
        own = [words] if words else [] if named else [f"Figure on page {piece.number}"]
        return [*own, *_without_comments(scene, piece)]
    return list(_without_comments(scene, piece))


def _without_comments(scene: Scene, piece: Piece) -> Iterator[str]:
    for text in markdown(scene, piece):
        shown = text if piece.role is Role.CODE else _COMMENT.sub("", text)
        if shown.strip():
            yield shown

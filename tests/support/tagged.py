"""Tagged PDFs with a structure that is known: what is drawn, and the element that each piece of it is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pymupdf

from tests.support.drawn import LATIN, show


@dataclass(frozen=True)
class Tag:
    """An element: its kind, the texts that it draws itself as (text, x, y from the top, size), and what is within.

    `more` are further entries of its dictionary, such as `/Alt (A boat)`.
    """

    kind: str
    texts: Sequence[tuple[str, float, float, float]] = ()
    kids: Sequence[Tag] = ()
    more: str = ""


@dataclass
class _Drawing:
    file: pymupdf.Document
    page: int
    content: list[str] = field(default_factory=list)
    holders: list[int] = field(default_factory=list)
    drawings: list[str] = field(default_factory=list)

    def element(self, tag: Tag, parent: int) -> int:
        xref = self.file.get_new_xref()
        kids = []
        if tag.kind == "Figure" and self.drawings:
            mark = len(self.holders)
            self.holders.append(xref)
            kids.append(str(mark))
            self.content.append(f"/Figure <</MCID {mark}>> BDC {self.drawings.pop(0)} EMC")
        for text, x, y, size in tag.texts:
            mark = len(self.holders)
            self.holders.append(xref)
            kids.append(str(mark))
            self.content.append(f"/{tag.kind} <</MCID {mark}>> BDC {show(text, x, 800 - y, size)} EMC")
        kids += [f"{self.element(kid, xref)} 0 R" for kid in tag.kids]
        self.file.update_object(
            xref,
            f"<</Type/StructElem/S/{tag.kind}/P {parent} 0 R/Pg {self.page} 0 R/K[{' '.join(kids)}]{tag.more}>>",
        )
        return xref


def tagged_page(
    tags: Sequence[Tag],
    outside: Sequence[tuple[str, float, float, float]] = (),
    marks: str = "<</Marked true>>",
    roles: Mapping[str, str] | None = None,
    order: Sequence[int] | None = None,
    drawings: Sequence[str] = (),
) -> pymupdf.Page:
    """A page of 600 x 800 points. `outside` is drawn in no element; `order` is that in which the tree has the tags.

    `drawings` are operators, one for each Figure.
    """
    file = pymupdf.open()
    page = file.new_page(width=600, height=800)
    root, tree, stream, font = (file.get_new_xref() for _ in range(4))
    drawing = _Drawing(file, page.xref, drawings=list(drawings))
    kids = [drawing.element(tag, root) for tag in tags]
    kids = [kids[i] for i in order] if order is not None else kids
    artifacts = "".join(f"/Artifact BMC {show(text, x, 800 - y, size)} EMC" for text, x, y, size in outside)
    names = "".join(f"/{own}/{standard}" for own, standard in (roles or {}).items())
    holders = " ".join(f"{xref} 0 R" for xref in drawing.holders)
    file.update_object(tree, f"<</Nums[0[{holders}]]>>")
    file.update_object(
        root,
        f"<</Type/StructTreeRoot/K[{' '.join(f'{k} 0 R' for k in kids)}]/ParentTree {tree} 0 R/RoleMap<<{names}>>>>",
    )
    file.update_object(font, LATIN)
    file.update_object(stream, "<<>>")
    file.update_stream(stream, ("\n".join(drawing.content) + artifacts).encode("cp1252"), new=1)
    for key, value in (
        ("Contents", f"{stream} 0 R"),
        ("StructParents", "0"),
        ("Resources", f"<</Font<</F {font} 0 R>>>>"),
    ):
        file.xref_set_key(page.xref, key, value)
    file.xref_set_key(file.pdf_catalog(), "StructTreeRoot", f"{root} 0 R")
    file.xref_set_key(file.pdf_catalog(), "MarkInfo", marks)
    return pymupdf.open("pdf", file.tobytes())[0]

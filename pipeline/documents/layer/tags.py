"""The structure of a tagged PDF: headings, paragraphs and tables in reading order, tied to the text on the pages."""

from __future__ import annotations

from pipeline.documents import mupdf

_NAMES = frozenset({"P", "H1", "H2", "H3", "H4", "H5", "H6", "L", "Table", "Caption", "Code", "Formula", "Figure"})


class Tags:
    """Of one document that has none. `add` gives each marked part its number on its page."""

    def __init__(self, pdf: mupdf.Document) -> None:
        self._pdf = pdf
        self._root, self._body = pdf.get_new_xref(), pdf.get_new_xref()
        pdf.update_object(self._body, "<<>>")
        pdf.update_object(self._root, "<<>>")
        self._elements: list[int] = []
        self._pages: list[tuple[int, list[int]]] = []

    def begin_page(self, page: mupdf.Page) -> None:
        """What is added from here on stands on this page."""
        self._pdf.xref_set_key(page.xref, "StructParents", str(len(self._pages)))
        self._pdf.xref_set_key(page.xref, "Tabs", "/S")
        self._pages.append((page.xref, []))

    def add(self, name: str) -> int:
        """Another element of the page, and the number by which its text names it."""
        page, elements = self._pages[-1]
        xref, number = self._pdf.get_new_xref(), len(elements)
        kind = name if name in _NAMES else "P"
        self._pdf.update_object(xref, f"<</Type/StructElem/S/{kind}/P {self._body} 0 R/Pg {page} 0 R/K {number}>>")
        elements.append(xref)
        self._elements.append(xref)
        return number

    def close(self) -> None:
        """Write the tree. Call it once, when all pages are written."""
        kids = " ".join(f"{xref} 0 R" for xref in self._elements)
        parents = " ".join(
            f"{at} [{' '.join(f'{xref} 0 R' for xref in elements)}]" for at, (_, elements) in enumerate(self._pages)
        )
        self._pdf.update_object(self._body, f"<</Type/StructElem/S/Document/P {self._root} 0 R/K[{kids}]>>")
        self._pdf.update_object(
            self._root,
            f"<</Type/StructTreeRoot/K {self._body} 0 R/ParentTree<</Nums[{parents}]>>"
            f"/ParentTreeNextKey {len(self._pages)}>>",
        )
        catalog = self._pdf.pdf_catalog()
        self._pdf.xref_set_key(catalog, "StructTreeRoot", f"{self._root} 0 R")
        self._pdf.xref_set_key(catalog, "MarkInfo", "<</Marked true>>")

"""A font without glyphs: every character has a code, a width and its Unicode, and nothing that could be drawn."""

from __future__ import annotations

from pipeline.documents import mupdf

WIDTH = 500
"""Thousandths of the em that every character is wide."""

_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{entries}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""
_AT_ONCE = 100  # entries of one `beginbfchar`, the most that the format allows
_MOST = 0xFFFF


class Glyphless:
    """The font of one document: codes are given to characters as they come."""

    def __init__(self, pdf: mupdf.Document) -> None:
        self._pdf = pdf
        self._codes: dict[str, int] = {}
        self.xref, self._unicode = pdf.get_new_xref(), pdf.get_new_xref()
        descendant, about = pdf.get_new_xref(), pdf.get_new_xref()
        pdf.update_object(
            about,
            "<</Type/FontDescriptor/FontName/OCR2Glyphless/Flags 4/FontBBox[0 -200 500 800]/ItalicAngle 0/Ascent 800"
            "/Descent -200/CapHeight 700/StemV 80>>",
        )
        pdf.update_object(
            descendant,
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/OCR2Glyphless/CIDToGIDMap/Identity/CIDSystemInfo"
            f"<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor {about} 0 R/DW {WIDTH}>>",
        )
        pdf.update_object(
            self.xref,
            "<</Type/Font/Subtype/Type0/BaseFont/OCR2Glyphless/Encoding/Identity-H"
            f"/DescendantFonts[{descendant} 0 R]/ToUnicode {self._unicode} 0 R>>",
        )
        pdf.update_object(self._unicode, "<<>>")

    def hexadecimal(self, text: str) -> str:
        """A text as the string of a text operator; characters beyond the font's room are left out."""
        return "".join(f"{code:04X}" for char in text if (code := self._code(char)))

    def close(self) -> None:
        """Write what the codes mean. Call it once, when all text is written."""
        entries = []
        known = list(self._codes.items())
        for some in (known[at : at + _AT_ONCE] for at in range(0, len(known), _AT_ONCE)):
            lines = "\n".join(f"<{code:04X}> <{char.encode('utf-16-be').hex().upper()}>" for char, code in some)
            entries.append(f"{len(some)} beginbfchar\n{lines}\nendbfchar")
        self._pdf.update_stream(self._unicode, _CMAP.format(entries="\n".join(entries)).encode(), new=True)

    def _code(self, char: str) -> int:
        if char not in self._codes and len(self._codes) < _MOST:
            self._codes[char] = len(self._codes) + 1
        return self._codes.get(char, 0)

"""Inline text: escapes, formulas, words, lists, headings. Knows no document."""

__all__ = ["anchors", "escape", "headings", "lists", "maths", "words"]

"""Inline text: escapes, formulas, words, lists, headings. Knows no document."""

__all__ = ["escape", "headings", "lists", "maths", "words"]

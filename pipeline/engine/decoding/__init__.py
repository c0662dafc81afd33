"""Prompts, the ban on repeated n-grams, and text without end, found while it is written."""

__all__ = ["by_block", "lines", "loops", "ngram", "options", "prompts"]

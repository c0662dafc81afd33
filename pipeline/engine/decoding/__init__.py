"""Prompts, the ban on repeated n-grams, and text without end, found while it is written."""

__all__ = ["loops", "ngram", "options", "prompts"]

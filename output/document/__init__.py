"""Blocks → facts about them: running heads, contents, footnotes, levels, captions; then one flow of pieces."""

__all__ = ["flow", "footnotes", "survey"]

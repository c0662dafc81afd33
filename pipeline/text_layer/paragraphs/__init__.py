"""Blocks → paragraphs, list items and lines that were meant, each as one string."""

__all__ = ["clauses", "joining", "meant", "paragraphs", "shape"]

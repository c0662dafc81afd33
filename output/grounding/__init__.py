"""Grounded text → labelled blocks with boxes. Everything else stands on it."""

__all__ = ["accounts", "blocks", "geometry", "parser", "roles"]

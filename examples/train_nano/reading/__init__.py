"""Whole sets of pages, read by several checkpoints on all devices at once, and scored wherever that is wanted."""

__all__ = ["rows"]

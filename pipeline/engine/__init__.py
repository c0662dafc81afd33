"""Reads pages with a network, many at a time on one device. See `engine.py` for the loop."""

__all__ = ["engine", "intake", "load", "memory", "runner", "scheduler", "settings"]

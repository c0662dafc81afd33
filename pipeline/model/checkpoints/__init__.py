"""Weights and config: where they are, what is in their files, under which names, and how they are loaded."""

__all__ = ["config_reader", "config_writer", "identity", "keys", "load", "source", "thresholds"]

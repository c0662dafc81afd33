"""Weights laid out anew for speed."""

__all__ = ["blocks", "experts", "pack"]

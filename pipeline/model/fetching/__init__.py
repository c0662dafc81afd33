"""Weights ahead of time: from the hub, held against its checksums, and carried to machines without network."""

__all__ = ["archive", "hub"]

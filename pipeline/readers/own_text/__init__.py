"""The PDF's own text before a network: which pages and regions the network reads, and who reads beside it."""

__all__ = ["first"]

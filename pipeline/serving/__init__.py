"""One engine for many callers at once: what a server needs between requests and the processes that read."""

__all__ = ["engine", "shared"]

"""A reading held against another text of the same page, and what is written against what was read."""

__all__ = ["agreement", "ledger", "own", "repeats", "unread", "writing"]

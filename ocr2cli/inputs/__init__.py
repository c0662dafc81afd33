"""What the user named → documents, each with a place of its own."""

__all__ = ["lists", "parts", "plan", "remote"]

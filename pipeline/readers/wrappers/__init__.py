"""Transcribers around a network's: second tries, how sure it was, its figures, and what stands in for it."""

__all__ = ["around", "certainty", "fallback", "figures", "retries"]

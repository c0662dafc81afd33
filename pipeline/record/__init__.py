"""The durable record of a document: transcript.jsonl, the place it lies in, and the document while it is read."""

__all__ = ["atomic", "corrections", "former", "grounds", "locks", "log", "places", "work", "writing"]

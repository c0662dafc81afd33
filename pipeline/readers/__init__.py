"""Which Transcriber a `--model` name means, and the Transcribers around others: own text first, tries again."""

__all__ = ["choice", "doors", "fallback", "gpus", "own_text"]

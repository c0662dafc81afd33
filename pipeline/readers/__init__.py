"""Which Transcriber a `--model` name means, and the Transcribers around others: own text first, tries again."""

__all__ = ["certainty", "choice", "devices", "doors", "gpus", "number_formats", "opening", "own_text", "wrappers"]

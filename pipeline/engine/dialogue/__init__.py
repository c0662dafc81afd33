"""What the network is asked about a page, and what it answers: prompts in, transcripts out, no device."""

__all__ = ["answers", "former", "handover", "questions", "readings", "together"]

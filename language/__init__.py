"""What is known of written languages, whoever asks: a list of words, and what a hyphen at the end of a line was.

Nothing here knows a page, a PDF or a network; `pipeline` and `output` both stand on it.
"""

__all__ = ["english", "hyphens"]

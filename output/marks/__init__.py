"""What a document states of words, put where those words stand in the text: links and emphasis."""

__all__ = ["emphasis", "links", "marks", "places"]

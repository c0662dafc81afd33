"""What a page draws as text, character by character: mapped, composed, and told apart from copies and hidden text."""

__all__ = ["forms", "glyph", "maths", "reading"]

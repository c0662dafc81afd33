"""Images and drawings → pictures, and captions that belong to them."""

__all__ = ["captioned", "figures"]

"""Pages before their slots: their views on the way to the device, and what the network sees of them."""

__all__ = ["aside", "encoder", "staging"]

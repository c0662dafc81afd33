"""How fast pages are read, part by part and as a whole, against what the device allows."""

__all__ = ["against", "bench", "measured", "stand_ins"]

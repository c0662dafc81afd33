"""`ocr2 eval`, `ocr2 bench` and `ocr2 doctor --golden`: how well and how fast pages are read, and whether as known."""

__all__ = ["bench", "golden", "run"]

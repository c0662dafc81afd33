"""`ocr2 eval` and `ocr2 bench`: how well and how fast pages are read."""

__all__ = ["bench", "run"]

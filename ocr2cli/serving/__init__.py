"""`ocr2 serve`: the engine behind HTTP. See `app.py` for what can be asked."""

__all__ = ["limits", "run"]

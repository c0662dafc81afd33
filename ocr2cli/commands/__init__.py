"""One command a file: each docstring is its help."""

__all__ = ["arguments", "config", "convert", "doctor", "measure", "models", "serve", "show", "watch"]

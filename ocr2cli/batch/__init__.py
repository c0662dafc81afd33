"""One batch: plan, read, write, report; or only what would be read."""

__all__ = ["batch", "convert", "told"]

"""Object stores and the web: objects by URL, read, listed, and put only where nobody else has put another."""

__all__ = ["copies", "errors", "store", "urls"]

"""Pages over machines through Ray: one actor for each GPU or CPU share, with any Transcriber in it."""

__all__ = ["causes", "clustered", "connection", "reader", "staff"]

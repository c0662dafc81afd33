"""One Transcriber out of several processes on this machine. Knows the Transcriber protocol only."""

__all__ = ["sharded"]

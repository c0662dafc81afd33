"""Golden pages: what the released weights are known to write, and whether they do so on this machine's devices."""

__all__ = ["cases", "checking"]

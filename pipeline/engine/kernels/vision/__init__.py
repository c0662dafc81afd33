"""The encoder in Triton: attention whose masks and biases are never squares in memory, and copies into rows."""

__all__ = ["copies", "flow", "squares", "windows"]

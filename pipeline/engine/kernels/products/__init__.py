"""Triton kernels of products whose weights are many experts' or have 8 bits."""

__all__ = ["dispatch", "experts", "grouped", "int8"]

"""Triton kernels of products whose weights are many experts' or have 8 bits."""

__all__ = ["experts", "int8", "int8_experts"]

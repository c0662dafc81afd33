"""Views of a small network on a CPU: products of 8-bit integers, and machine code by Numba between them."""

__all__ = ["products", "tokenizer"]

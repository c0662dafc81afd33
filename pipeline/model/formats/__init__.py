"""Number formats of a network's weights: 8 bits, and half precision with what breaks in it kept in 32."""

__all__ = ["int8", "number_format", "of_cpu"]

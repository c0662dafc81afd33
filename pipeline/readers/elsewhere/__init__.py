"""Readers on other machines."""

__all__ = ["noted", "over_ray"]

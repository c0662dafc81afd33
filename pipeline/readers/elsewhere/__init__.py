"""Readers on other machines."""

__all__ = ["driver", "noted", "over_ray"]

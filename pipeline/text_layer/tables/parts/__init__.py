"""What tables are made of: the rules of a page, and cells at places of a grid."""

__all__ = ["grid", "rules"]

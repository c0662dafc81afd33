"""Places in an object store, which has no folders, no locks and no renames: who holds which, and their files."""

__all__ = ["bucket", "run"]

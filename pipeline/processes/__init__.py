"""Other processes of ours: how they start and end, and calls to functions in them. Knows no documents."""

__all__ = ["far", "limits", "pool", "process", "wire", "worker"]

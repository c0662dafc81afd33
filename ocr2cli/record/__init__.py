"""What became of one input, and where a run's results go."""

__all__ = ["outcome", "target"]

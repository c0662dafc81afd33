"""Everything that is said: progress, report, JSON, exit code; and a stdout that carries data only."""

__all__ = ["estimate", "line", "progress", "report", "stdout"]

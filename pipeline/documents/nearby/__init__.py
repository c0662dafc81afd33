"""What lies near a place of a page."""

from __future__ import annotations

from pipeline.documents.nearby.boxes import Near

__all__ = ["Near"]

"""The durable record of a document, its place, its work under way, and what stands in for a failed page."""

__all__ = ["fallback", "outcome", "places", "transcripts", "work"]

"""What the document itself states, merged into its blocks whatever read them."""

__all__ = ["asides", "boxes", "emphasis", "links", "outline", "pictures", "targets"]

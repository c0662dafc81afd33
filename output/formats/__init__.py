"""The document as Markdown, plain text, HTML, JSON, CSV, layout PDF and preview; for retrieval see `chunks`."""

__all__ = [
    "block_markdown", "csv_tables", "doors", "html_format", "json_format", "layout", "markdown", "plain_text",
    "preview",
]  # fmt: skip

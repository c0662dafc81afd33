"""The document as Markdown, HTML, JSON, CSV, layout PDF and preview."""

__all__ = ["csv_tables", "html_format", "json_format", "layout", "markdown", "preview"]

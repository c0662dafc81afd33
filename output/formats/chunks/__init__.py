"""The document cut for retrieval: chunks of whole sentences, tables and listings, each with its place and headings."""

__all__ = ["jsonl", "size"]

"""vLLM's own DeepSeek-OCR 2 on the same pages, in a process of its own: what a user would take instead of ours."""

__all__ = ["found", "runs"]

"""The network in plain PyTorch, one file per part."""

__all__ = ["attention", "block", "config", "experts", "network", "tokenizer", "vision_tokenizer"]

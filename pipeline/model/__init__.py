"""The network in plain PyTorch, one file per part."""

__all__ = [
    "attention",
    "block",
    "causal_flow",
    "config",
    "decoder",
    "experts",
    "network",
    "tokenizer",
    "vision_tokenizer",
]

"""Triton kernels (`listed.py` names them) and how keys and values are kept. `kept.py` needs no Triton."""

__all__ = ["kept", "listed"]

"""Reads pages with a network, many at a time on one device. See `engine.py` for the loop."""

from pipeline.engine.load import load_engine

__all__ = ["load_engine"]

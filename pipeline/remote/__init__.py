"""An OpenAI-compatible server of the model as a Transcriber: pages go there as images, and their text comes back.

Nothing here needs torch. See `reader.py` for the loop.
"""

__all__ = ["address", "reader"]

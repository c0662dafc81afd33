"""What vLLM mixes into its worker at `--worker-extension-cls`: a server has no other way to the network it holds."""

from __future__ import annotations

from typing import Any

from pipeline.engine.measure.beside_vllm.far import draw_weights

NAME = f"{__name__}.Weights"
DRAW = "ocr2_draw"
"""The method's name for `/collective_rpc`."""


class Weights:
    """Random weights like those of our own network, drawn where vLLM holds its dummy ones."""

    def ocr2_draw(self, seed: str) -> str:
        """Returns the number of weights. Only text travels."""
        worker: Any = self
        return str(draw_weights(worker.get_model(), int(seed)))

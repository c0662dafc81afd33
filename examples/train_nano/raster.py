"""The other half of an experiment: the same network without the queries, so that nothing puts the page in order."""

from __future__ import annotations

import torch
from torch import Tensor

from pipeline.model.attention import attend, rotary
from pipeline.model.causal_flow import CausalFlow
from pipeline.model.network import Network


class RasterFlow(CausalFlow):
    """The causal-flow encoder whose visual tokens go to the decoder themselves, in raster order.

    The layers and what they cost are the same; the tables of queries are left idle.
    """

    def forward(self, visual_tokens: Tensor) -> Tensor:
        """[N, n, width] → the same shape: each visual token's own state."""
        x = visual_tokens
        positions = torch.arange(x.shape[1], device=x.device)[None]
        tables = rotary(positions, self.config.width // self.config.heads, self.config.rope_theta)
        for layer in self.layers:
            x = layer(x, tables, attend)
        states: Tensor = self.norm(x)
        return states


def drop_queries(network: Network) -> None:
    """Replace the causal-flow encoder in place, keeping its weights."""
    flow = network.causal_flow
    with torch.device("meta"):
        raster = RasterFlow(flow.config)
    raster.load_state_dict(flow.state_dict(), assign=True)  # the tensors themselves, on their device
    network.causal_flow = raster

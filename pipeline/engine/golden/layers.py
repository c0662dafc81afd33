"""Our network beside the class of transformers, on the same weights, device and number format: part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from pipeline.engine.measure.against import native_model
from pipeline.model.network import Network
from pipeline.model.vision_tokenizer import normalize_pixels
from pipeline.views.rules import ViewRules

# Of the largest number of a part. The tests hold every part to 1e-4 in float32; in 16 bits an H100 was seen to have
# logits 1.4e-2 apart, and a card that is wrong has nothing in common. Chosen in between.
ALLOWED = {torch.float32: 1e-3}
_IN_16_BITS = 0.1


@dataclass(frozen=True)
class Gap:
    """How far a part is apart, as a share of the largest number in it."""

    part: str
    share: float


def gaps(network: Network, prompt: list[int], views: ViewRules, view: Tensor) -> list[Gap]:
    """Every part in the order of a page's way, for one global `view` [base, base, 3] and a prompt without tiles.

    Raises UserError where transformers, or the class in it, is not installed.
    """
    ids = torch.tensor([prompt], device=view.device)
    own, other = dict[str, Tensor](), dict[str, Tensor]()
    none = view.new_empty(0, views.tile, views.tile, 3)
    with torch.inference_mode(), native_model(network) as model:
        with _watched(_own_parts(network), own):
            own["logits"] = network(ids, view[None], none, [(0, 0)])
        pixels = normalize_pixels(view[None], network.dtype)
        more = {"patches_grid": [[0, 0]]} if network.newlines else {}
        with _watched(_native_parts(model), other):
            other["logits"] = model(input_ids=ids, pixel_values=pixels, num_local_patches=[0], **more).logits
    return [Gap(name, _apart(own[name], other[name])) for name in own if name in other]


def allowed(dtype: torch.dtype) -> float:
    """The largest share that rounding explains."""
    return ALLOWED.get(dtype, _IN_16_BITS)


def _own_parts(network: Network) -> dict[str, nn.Module]:
    layers = {f"decoder layer {number}": layer for number, layer in enumerate(network.decoder.layers, 1)}
    return {"vision tokenizer": network.vision_tokenizer, "projector": network.projector, **layers}


def _native_parts(model: Any) -> dict[str, nn.Module]:  # noqa: ANN401 of a package that need not be there
    inner = model.model
    layers = {f"decoder layer {number}": layer for number, layer in enumerate(inner.language_model.layers, 1)}
    return {
        "vision tokenizer": inner.vision_tower.sam_encoder, "projector": inner.multi_modal_projector, **layers
    }  # fmt: skip


class _watched:  # noqa: N801 used as a function
    """Keeps what modules give back while it is open."""

    def __init__(self, modules: dict[str, nn.Module], found: dict[str, Tensor]) -> None:
        self._hooks = [module.register_forward_hook(_keep(name, found)) for name, module in modules.items()]

    def __enter__(self) -> None:
        """Nothing to give."""

    def __exit__(self, *ended: object) -> None:
        for hook in self._hooks:
            hook.remove()


def _keep(name: str, found: dict[str, Tensor]) -> Callable[[nn.Module, Any, Any], None]:
    def keep(module: nn.Module, given: Any, out: Any) -> None:  # noqa: ANN401 tensors, tuples or dataclasses
        whole = out[0] if isinstance(out, tuple) else out
        found[name] = whole if isinstance(whole, Tensor) else whole.last_hidden_state

    return keep


def _apart(own: Tensor, other: Tensor) -> float:
    """A map with channels first is laid out as tokens."""
    if other.dim() == 4:
        other = other.flatten(2).transpose(1, 2)
    own, other = own.float(), other.float().reshape(own.shape)
    return float((own - other).abs().max() / other.abs().max().clamp(min=1e-6))

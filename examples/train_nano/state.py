"""Saved states: weights with the heads that only training needs, and how far it is."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from pipeline.model.checkpoints.load import load
from train_nano.losses import SEERS, Trainer
from train_nano.pieces import old_pieces
from train_nano.targets import CHARACTERS, CLASS, CLASSES, OTHER
from train_nano.tokens import NanoTokenizer

PLAIN = dict(zip("æøœłŁ„‚‹›«»", "aoolL“‘‘’“”", strict=True))  # the nearest of those that Unicode does not take apart
SHARD_BYTES = 15_000_000  # a saved state travels in pieces of this size


@dataclass
class Progress:
    """What a later run needs to know beside the weights, and the curve so far."""

    step: int = 0
    level: int = 0
    minutes: float = 0.0  # accelerator minutes, all devices added up
    curve: list[dict[str, float]] = field(default_factory=list)


def save(trainer: Trainer, progress: Progress, folder: Path) -> None:
    """Weights in bfloat16, cut into shards, and the progress beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    shards: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, tensor in trainer.state_dict().items():
        stored = tensor.detach().to("cpu", torch.bfloat16).contiguous()
        if size + stored.nbytes > SHARD_BYTES:
            shards.append({})
            size = 0
        shards[-1][name] = stored
        size += stored.nbytes
    for number, shard in enumerate(shards):
        save_file(shard, folder / f"state-{number}.safetensors")
    (folder / "progress.json").write_text(json.dumps(asdict(progress)))


def restore(trainer: Trainer, folder: Path, tokenizer: NanoTokenizer | None = None) -> Progress:
    """The counterpart of `save`. Heads that only training needs may come and go; another network is an error.

    A `tokenizer` may have pieces behind those that the state was trained with.
    """
    _take(trainer, _grown(_weights(folder), trainer), folder, tokenizer)
    return Progress(**json.loads((folder / "progress.json").read_text()))


def begin(trainer: Trainer, checkpoint: Path, tokenizer: NanoTokenizer | None = None) -> None:
    """The network of a checkpoint as `export.py` writes it, where no state is left. A `tokenizer` as for `restore`.

    Heads that only training needs stay as they are: they are linear, and learn within 150 steps.
    """
    weights = {f"network.{name}": tensor for name, tensor in load(checkpoint).state_dict().items()}
    _take(trainer, weights, checkpoint, tokenizer)


def _take(trainer: Trainer, weights: dict[str, Tensor], folder: Path, tokenizer: NanoTokenizer | None) -> None:
    if tokenizer:
        weights |= _with_new_pieces(weights, tokenizer)
    missing, unknown = trainer.load_state_dict(weights, strict=False)
    wrong = [name for name in (*missing, *unknown) if name.startswith("network.")]
    if wrong:
        raise SystemExit(f"the state in {folder} is of another network: {wrong}")


def _grown(weights: dict[str, Tensor], trainer: Trainer) -> dict[str, Tensor]:
    """Heads of a state with fewer classes of characters: new letters begin as those without the mark do."""
    known = len(weights["patch_head.bias"]) if "patch_head.bias" in weights else CLASSES
    if known == CLASSES:
        return weights
    plain = (_plain(c) for c in CHARACTERS[known - 2 :])
    alike = torch.tensor([*range(known), *(c if c < known else OTHER for c in plain)])
    heads = [name for name in weights if name.startswith(("patch_head.", "place_heads."))]
    shapes = trainer.state_dict()
    return weights | {
        name: weights[name].unflatten(0, (-1, known))[:, alike].reshape(shapes[name].shape) for name in heads
    }


def _with_new_pieces(weights: dict[str, Tensor], tokenizer: NanoTokenizer) -> dict[str, Tensor]:
    """Embedding and head: old rows as they are, each new one the mean of those that it was written with so far."""
    names = [f"network.{name}.weight" for name in ("decoder.embedding", "lm_head")]
    known = len(weights[names[0]])
    parts = old_pieces(json.loads(tokenizer.inner.to_str()), known)
    new = [parts[number] for number in range(known, tokenizer.size)]
    rows = {name: [weights[name][own].float().mean(0).to(weights[name].dtype) for own in new] for name in names}
    return {name: torch.cat((weights[name], *(row[None] for row in rows[name]))) for name in names}


def _plain(character: str) -> int:
    """The class of a letter without its mark; of any other character, that of what is in no class."""
    return CLASS.get(PLAIN.get(character) or unicodedata.normalize("NFD", character)[0], OTHER)


def restore_heads(trainer: Trainer, folder: Path) -> None:
    """The heads that only training needs, of a saved state, for a network that began without them."""
    weights = _grown(_weights(folder), trainer)
    trainer.load_state_dict({n: t for n, t in weights.items() if not n.startswith("network.")}, strict=False)


def restore_vision(trainer: Trainer, folder: Path) -> None:
    """The vision tokenizer of a saved state and its heads; everything behind it stays as it is."""
    seeing = {name: tensor for name, tensor in _weights(folder).items() if name.startswith(SEERS)}
    if wrong := {name for name in trainer.state_dict() if name.startswith(SEERS)} ^ seeing.keys():
        raise SystemExit(f"the state in {folder} is of another vision tokenizer: {sorted(wrong)}")
    trainer.load_state_dict(seeing, strict=False)


def _weights(folder: Path) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = {}
    for shard in sorted(folder.glob("state-*.safetensors")):
        weights |= load_file(shard)
    return weights

"""In which number format a network reads here, for people who ask."""

from __future__ import annotations

from pipeline.errors import ModelError
from pipeline.model.checkpoints.config_reader import read_config
from pipeline.model.checkpoints.source import locate
from pipeline.model.formats.of_cpu import CPU_FORMAT, vision_format
from pipeline.model.formats.of_cpu import in_words as words_of
from pipeline.reader_options import ReaderOptions
from pipeline.readers.choice import Choice, is_installed
from pipeline.readers.devices import surely_cpu, torch_fault
from pipeline.remote.address import is_address


def in_words(choice: Choice, options: ReaderOptions) -> str | None:
    """None where no network of ours reads on this machine. Raises ModelError for a device that is not there."""
    network = choice.network
    if network is None or options.ray is not None or is_address(network) or is_installed(network):
        return None
    if options.weights == "auto" and surely_cpu(options.device) and options.gpus is None:
        # Without torch, which takes seconds to import.
        return words_of(CPU_FORMAT, vision_format(_int8_vision(network)))
    if torch_fault():
        return None
    from pipeline.engine.load import pick_device, pick_format

    device = pick_device(options.device if options.gpus is None else "cuda")
    return pick_format(device, options.weights, _int8_vision(network)).words


def _int8_vision(model: str) -> bool:
    """What the checkpoint says of itself; no where it is not on this machine."""
    try:
        return read_config(locate(model, download=False)).int8_vision
    except ModelError:
        return False

"""Which Transcriber a `--model` name means here and now, and how it is opened."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import ModelError, UserError
from pipeline.reader_options import AUTO, ReaderOptions
from pipeline.readers.devices import may_have_cuda, surely_cpu
from pipeline.readers.doors import installed, open_installed
from pipeline.readers.elsewhere.noted import Noted
from pipeline.remote.address import is_address
from pipeline.transcriber import Transcriber

TEXT_LAYER = "text-layer"
NANO_NOTICE = (
    "nano reads the scanned pages: a small model for clean printed English, which gets 5 to 12 of 100 characters wrong "
    "and more elsewhere; check names and numbers, and see `ocr2 models` for better ones"
)
"""Once, when it has read a page that nobody asked it to read. The figures: public documents, its card."""
GET_FULL = "for the full model run once, online, with --model deepseek-ai/DeepSeek-OCR-2 (7 GB)"


@dataclass(frozen=True)
class Choice:
    """What a `--model` name means here and now: a PDF's own text, a network, or a network where that is not sound."""

    own_text: bool
    network: str | None  # nano, a repository id, a folder, or the address of a server
    why: str = "it was asked for"
    stand_in: bool = False  # auto had to do with less than the full model
    unforeseen: bool = False  # and nobody would expect how much less

    def notice(self, reader: str) -> str | None:
        """What is to be said when `reader` has read a page for the first time."""
        from pipeline.model.checkpoints.source import NANO

        return NANO_NOTICE if self.stand_in and reader == NANO else None

    @property
    def warning(self) -> str | None:
        """What is to be said at once: of a model that is there and does not load, and where scans cannot be read."""
        return f"reading with {self.model}: {self.why}; {GET_FULL}" if self.stand_in and self.unforeseen else None

    @property
    def model(self) -> str:
        """The name that means the same: text-layer, NAME, or text-layer+NAME."""
        return "+".join(([TEXT_LAYER] if self.own_text else []) + ([self.network] if self.network else []))

    @property
    def settles(self) -> bool:
        """Whether the network also sees pages whose own text leaves a doubt about a table or a formula."""
        return self.own_text and not self.stand_in


def choose(model: str) -> Choice:
    """Decide without loading or downloading anything. Raises ModelError for a name that means nothing."""
    from pipeline.model.checkpoints.source import NANO, OFFICIAL, nano_folder

    if is_address(model):
        return Choice(own_text=False, network=model)
    if model == AUTO:
        return _automatic()
    if model == TEXT_LAYER:
        return Choice(own_text=True, network=None)
    if model.startswith(TEXT_LAYER + "+"):
        return Choice(own_text=True, network=choose(model.removeprefix(TEXT_LAYER + "+")).network)
    if model == NANO and not (nano_folder() / "config.json").exists():
        raise ModelError(f"this installation has no nano checkpoint; use --model {TEXT_LAYER}, or {GET_FULL}")
    if model == NANO or Path(model).expanduser().is_dir() or re.fullmatch(r"\w[\w.-]*/[\w.-]+", model):
        return Choice(own_text=False, network=model)
    if model in (others := installed()):
        return Choice(own_text=False, network=model)
    names = f"{AUTO}, {NANO}, {TEXT_LAYER}, {TEXT_LAYER}+NAME, a folder with a checkpoint, the address of a server"
    names = ", ".join((names, *others))
    raise ModelError(f"there is no model {model!r}; give {names}, or a repository like {OFFICIAL}")


def open_transcriber(options: ReaderOptions) -> tuple[Transcriber, Choice]:
    """The Transcriber that `options` ask for, loaded, and why it is that one. Raises ModelError where there is none.

    A page that it cannot read is read again in another way, then taken from the PDF's own text, else marked as failed.
    """
    from pipeline.readers.fallback import WithFallback

    if options.ray is not None:
        return _on_ray(options)
    reader, choice = open_alone(options)
    return (reader if choice.network is None else WithFallback(reader)), choice


def to_download(model: str) -> str | None:
    """What is to be said before weights are fetched that are not here; None where nothing is."""
    from pipeline.model.checkpoints.source import cached
    from pipeline.model.family.known import MEMBERS

    network = choose(model).network
    member = next((each for each in MEMBERS if each.repository == network), None)
    offline = os.environ.get("HF_HUB_OFFLINE", "0").lower() in ("1", "true", "yes", "on")  # nothing will be fetched
    if network is None or offline or not _is_repository(network) or cached(network) is not None:
        return None
    size = f" ({member.gigabytes:.1f} GB)" if member else ""
    return f"{network}{size} is not here yet and is fetched now; `ocr2 models pull {network}` does that ahead of time"


def unused_language(options: ReaderOptions) -> str | None:
    """What is to be said of a `language` that the reader will not ask for; None where nothing is."""
    network = choose(options.model).network
    if options.language is None or (network is not None and not is_address(network) and _is_installed(network)):
        return None
    why = "nano reads English only" if network == "nano" else "this reader sees for itself what is written"
    return f"--language {options.language} has no effect: {why}"


def _is_repository(network: str) -> bool:
    return not is_address(network) and "/" in network and not Path(network).expanduser().is_dir()


def open_alone(options: ReaderOptions) -> tuple[Transcriber, Choice]:
    """The same without the PDF's own text for what fails: to measure what a network reads by itself."""
    choice = choose(options.model)
    if options.model != AUTO:
        return _load(choice, options), choice
    try:
        return _load(choice, options), choice
    except ModelError as error:
        if choice.stand_in:
            raise
        # `auto` promises text, not a certain model: no network is no reason to stop.
        choice = replace(_bundled(), why=f"{choice.model} cannot be loaded: {error}", unforeseen=True)
        return _load(choice, options), choice


@dataclass(frozen=True)
class OpenThere:
    """Opens the Transcriber on a node of a cluster; it says itself which one it is."""

    options: ReaderOptions

    def __call__(self) -> Transcriber:
        reader, choice = open_transcriber(replace(self.options, ray=None))
        return Noted(reader, f"reading with {choice.model}: {choice.why}; {GET_FULL}" if choice.stand_in else "")


def _on_ray(options: ReaderOptions) -> tuple[Transcriber, Choice]:
    from pipeline.readers.elsewhere.over_ray import open_on_ray

    choose(options.model)  # a name that means nothing is told before anybody looks for a cluster
    reader = open_on_ray(options, OpenThere(options))
    return reader, Choice(own_text=False, network=reader.name)


def settings_of(options: ReaderOptions) -> str | None:
    """`Transcriber.settings` of what `open_transcriber` would give, without loading it; None where that is not here.

    Raises ModelError for a name that means nothing.
    """
    choice = choose(options.model)
    if choice.network is None:
        from pipeline.text_layer.guarded import GuardedTextLayer

        return GuardedTextLayer.settings
    from pipeline.readers.fallback import settings_with_fallback
    from pipeline.readers.own_text.first import settings_beside

    settings = _settings(choice.network, options)
    if settings is None:
        return None
    return settings_with_fallback(settings_beside(settings, choice.settles) if choice.own_text else settings)


def _settings(model: str, options: ReaderOptions) -> str | None:
    if is_address(model) or _is_installed(model):
        return None  # only the reader itself can tell
    from pipeline.model.checkpoints.source import locate
    from pipeline.model.checkpoints.thresholds import thresholds_of
    from pipeline.readers.certainty import settings_with_thresholds
    from pipeline.readers.figures import PARSED
    from pipeline.readers.retries import AGAIN

    inner = _engine_settings(model, options)
    if inner is None:
        return None
    settings = settings_with_thresholds(inner, thresholds_of(locate(model, download=False))) + AGAIN
    return settings + PARSED if options.figures == "parse" else settings


def _engine_settings(model: str, options: ReaderOptions) -> str | None:
    """The engine's own; None where the checkpoint is not on this machine."""
    if surely_cpu(options.device) and options.gpus is None and options.kv_cache == "auto":
        from pipeline.engine.settings import settings_on_cpu

        return settings_on_cpu(model, options)
    from pipeline.engine.load import settings_without_loading

    return settings_without_loading(model, options)


def _automatic() -> Choice:
    from pipeline.model.checkpoints.source import OFFICIAL, cached

    # The cache before the device: weights that somebody has fetched are wanted, also where reading with them takes
    # long.
    if cached(OFFICIAL) is not None:
        return Choice(own_text=False, network=OFFICIAL, why="its weights are in the local cache")
    if _has_cuda():
        return Choice(own_text=False, network=OFFICIAL, why="there is a CUDA device; its weights will be downloaded")
    return _bundled()


def _bundled() -> Choice:
    from pipeline.model.checkpoints.source import NANO, OFFICIAL, nano_folder

    missing = f"{OFFICIAL} is not in the local cache and there is no CUDA device{_sibling_here()}"
    if (nano_folder() / "config.json").exists():
        why = f"{missing}; the bundled nano reads pages without sound text of their own (printed English, demo quality)"
        return Choice(own_text=True, network=NANO, why=why, stand_in=True)
    why = f"{missing}; this reads the PDF's own text and cannot read scans"
    return Choice(own_text=True, network=None, why=why, stand_in=True, unforeseen=True)


def _sibling_here() -> str:
    """That another member of the family is here, which `auto` names but does not take: it reads otherwise."""
    from pipeline.model.checkpoints.source import OFFICIAL, cached
    from pipeline.model.family.known import MEMBERS

    here = (member.repository for member in MEMBERS if member.repository != OFFICIAL and cached(member.repository))
    return "".join(f" (but {name} is in the cache: --model {name})" for name in here)


def _has_cuda() -> bool:
    if not may_have_cuda():
        return False
    import torch

    return torch.cuda.is_available()


def _load(choice: Choice, options: ReaderOptions) -> Transcriber:
    network = choice.network
    if network is None:
        from pipeline.text_layer.guarded import GuardedTextLayer

        return GuardedTextLayer()
    if not choice.own_text:
        return _network(network, options)
    from pipeline.readers.own_text.first import OwnTextFirst

    if not is_address(network):
        _check_device(options)  # said at once, though the network may load much later, or never
    settings = _settings(network, options)
    # Loaded when the first page without own text comes: a folder of born-digital PDFs never waits for 7 GB of weights.
    return OwnTextFirst(lambda: _network(network, options), choice.model, settings, choice.settles)


def _check_device(options: ReaderOptions) -> None:
    """Raises ModelError, or UserError, for a device that is not there."""
    if surely_cpu(options.device) and options.gpus is None:
        return
    from pipeline.engine.load import pick_device
    from pipeline.readers.gpus import devices_of

    if options.gpus is None:
        pick_device(options.device)
    else:
        devices_of(options.gpus, options.device)


def _is_installed(model: str) -> bool:
    """Whether it is a reader of another package: none that has the name of a checkpoint."""
    from pipeline.model.checkpoints.source import NANO

    return model != NANO and "/" not in model and not Path(model).is_dir() and model in installed()


def _network(model: str, options: ReaderOptions) -> Transcriber:
    if is_address(model):
        return _remote(model, options)
    from pipeline.model.checkpoints.config_reader import read_config
    from pipeline.model.checkpoints.source import locate
    from pipeline.model.checkpoints.thresholds import thresholds_of
    from pipeline.model.family.asked import check
    from pipeline.model.family.known import member_of
    from pipeline.readers.certainty import Judging
    from pipeline.readers.figures import WithFigures
    from pipeline.readers.gpus import devices_of, open_sharded
    from pipeline.readers.retries import Recovering

    if _is_installed(model):
        return open_installed(model, options)
    devices = (options.device,) if options.gpus is None else devices_of(options.gpus, options.device)
    folder = locate(model)
    check(member_of(read_config(folder)), options)  # said here, not by a process that has loaded everything
    thresholds = thresholds_of(folder)
    reader = Recovering(Judging(open_sharded(model, options, devices), thresholds))
    return WithFigures(reader) if options.figures == "parse" else reader


def _remote(model: str, options: ReaderOptions) -> Transcriber:
    """Without torch: none of the imports here may need it."""
    from pipeline.readers.certainty import Judging
    from pipeline.readers.retries import Recovering
    from pipeline.remote.reader import RemoteTranscriber

    if options.figures == "parse" or options.pages_at_once > 1:
        raise UserError("--figures parse and --pages-at-once are for a network on this machine: leave them out")
    reader = RemoteTranscriber(replace(options, model=model))
    return Recovering(Judging(reader, reader.served.thresholds))

"""How the Transcriber that a choice means is opened, and its settings without opening it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.errors import ModelError
from pipeline.reader_options import AUTO, ReaderOptions
from pipeline.readers.choice import GET_FULL, Choice, bundled, choose, is_installed
from pipeline.readers.devices import surely_cpu, torch_fault
from pipeline.readers.doors import open_installed
from pipeline.readers.elsewhere.noted import Noted
from pipeline.remote.address import is_address
from pipeline.transcriber import Transcriber


def open_transcriber(options: ReaderOptions) -> tuple[Transcriber, Choice]:
    """The Transcriber that `options` ask for, loaded, and why it is that one. Raises ModelError where there is none.

    A page that it cannot read is read again in another way, then taken from the PDF's own text, else marked as failed.
    """
    from pipeline.readers.wrappers.fallback import WithFallback

    if options.ray is not None:
        return _on_ray(options)
    reader, choice = open_alone(options)
    return (reader if choice.network is None else WithFallback(reader)), choice


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
        choice = replace(bundled(), why=f"{choice.model} cannot be loaded: {error}", unforeseen=True)
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
    from pipeline.readers.own_text.first import settings_beside
    from pipeline.readers.wrappers.fallback import settings_with_fallback

    settings = _settings(choice.network, options)
    if settings is None:
        return None
    return settings_with_fallback(settings_beside(settings, choice.settles) if choice.own_text else settings)


def _settings(model: str, options: ReaderOptions) -> str | None:
    if is_address(model) or is_installed(model):
        return None  # only the reader itself can tell
    from pipeline.model.checkpoints.source import locate
    from pipeline.model.checkpoints.thresholds import thresholds_of
    from pipeline.readers.wrappers.figures import PARSED
    from pipeline.readers.wrappers.retries import careful_settings

    inner = _engine_settings(model, options)
    if inner is None:
        return None
    settings = careful_settings(inner, thresholds_of(locate(model, download=False)))
    return settings + PARSED if options.figures == "parse" else settings


def _engine_settings(model: str, options: ReaderOptions) -> str | None:
    """The engine's own; None where the checkpoint is not on this machine."""
    if surely_cpu(options.device) and options.gpus is None and options.kv_cache == options.weights == "auto":
        from pipeline.engine.settings import settings_on_cpu

        return settings_on_cpu(model, options)
    if torch_fault():
        return None
    from pipeline.engine.load import settings_without_loading

    return settings_without_loading(model, options)


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
    if (surely_cpu(options.device) and options.gpus is None) or torch_fault():
        return  # without torch no page is read by a network, which is said when the first one comes
    from pipeline.engine.load import pick_device
    from pipeline.readers.gpus import devices_of

    if options.gpus is None:
        pick_device(options.device)
    else:
        devices_of(options.gpus, options.device)


def _network(model: str, options: ReaderOptions) -> Transcriber:
    if is_address(model):
        return _remote(model, options)
    from pipeline.model.checkpoints.config_reader import read_config
    from pipeline.model.checkpoints.source import locate
    from pipeline.model.checkpoints.thresholds import thresholds_of
    from pipeline.model.family.asked import check
    from pipeline.model.family.known import member_of
    from pipeline.readers.gpus import devices_of, open_sharded
    from pipeline.readers.wrappers.figures import WithFigures
    from pipeline.readers.wrappers.retries import careful

    if is_installed(model):
        return open_installed(model, options)
    devices = (options.device,) if options.gpus is None else devices_of(options.gpus, options.device)
    folder = locate(model)
    check(member_of(read_config(folder)), options)  # said here, not by a process that has loaded everything
    thresholds = thresholds_of(folder)
    reader = careful(open_sharded(model, options, devices), thresholds)
    return WithFigures(reader) if options.figures == "parse" else reader


def _remote(model: str, options: ReaderOptions) -> Transcriber:
    """Without torch: none of the imports here may need it."""
    from pipeline.readers.wrappers.figures import WithFigures
    from pipeline.readers.wrappers.retries import careful
    from pipeline.remote.reader import RemoteTranscriber

    server = RemoteTranscriber(replace(options, model=model))
    reader = careful(server, server.served.thresholds)
    return WithFigures(reader) if options.figures == "parse" else reader

"""Which Transcriber a `--model` name means here and now, and what is to be said of it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pipeline.errors import ModelError
from pipeline.reader_options import AUTO, ReaderOptions
from pipeline.readers.devices import may_have_cuda, torch_fault
from pipeline.readers.doors import installed
from pipeline.remote.address import is_address

TEXT_LAYER = "text-layer"
NANO_NOTICE = (
    "nano reads the scanned pages: a small model for clean print in Latin script, which gets 5 to 12 of 100 characters "
    "wrong and more elsewhere; check names and numbers, and see `ocr2 models` for better ones"
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
    meant = _meant(model, (AUTO, NANO, TEXT_LAYER, *others))
    raise ModelError(f"there is no model {model!r}; {meant}give {names}, or a repository like {OFFICIAL}")


def _meant(model: str, short: Iterable[str]) -> str:
    """The model of which a name may be a misspelling, or a repository whose owner was left out."""
    from pipeline.model.family.known import MEMBERS

    names = {name.lower(): name for name in short}
    names |= {member.repository.partition("/")[2].lower(): member.repository for member in MEMBERS}
    near = get_close_matches(model.lower(), names, 1)
    return f"did you mean {names[near[0]]}? Else " if near else ""


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
    if options.language is None or (network is not None and not is_address(network) and is_installed(network)):
        return None
    why = "nano is not told what it reads" if network == "nano" else "this reader sees for itself what is written"
    return f"--language {options.language} has no effect: {why}"


def is_installed(model: str) -> bool:
    """Whether it is a reader of another package: none that has the name of a checkpoint."""
    from pipeline.model.checkpoints.source import NANO

    return model != NANO and "/" not in model and not Path(model).is_dir() and model in installed()


def _is_repository(network: str) -> bool:
    return not is_address(network) and "/" in network and not Path(network).expanduser().is_dir()


def _automatic() -> Choice:
    from pipeline.model.checkpoints.source import OFFICIAL, cached

    # Without a GPU a page takes minutes (`pipeline/engine/README.md`): nobody gets that without having asked for it.
    if cached(OFFICIAL) is not None and _has_gpu():
        return Choice(own_text=False, network=OFFICIAL, why="its weights are in the local cache")
    if _has_cuda():
        return Choice(own_text=False, network=OFFICIAL, why="there is a CUDA device; its weights will be downloaded")
    return bundled()


def bundled() -> Choice:
    """What `auto` does with what ships: own text, and nano for the pages without it."""
    from pipeline.model.checkpoints.source import NANO, nano_folder

    missing = _why_not_full()
    if (nano_folder() / "config.json").exists():
        what = "print in Latin script, demo quality"
        why = f"{missing}; the bundled nano reads pages without sound text of their own ({what})"
        return Choice(own_text=True, network=NANO, why=why, stand_in=True)
    why = f"{missing}; this reads the PDF's own text and cannot read scans"
    return Choice(own_text=True, network=None, why=why, stand_in=True, unforeseen=True)


def _why_not_full() -> str:
    from pipeline.model.checkpoints.source import OFFICIAL, cached

    if cached(OFFICIAL) is not None:
        return f"with {OFFICIAL} a page takes minutes without a GPU; --model {OFFICIAL} --weights int8 takes it"
    return f"{OFFICIAL} is not in the local cache and there is no CUDA device{_sibling_here()}"


def _sibling_here() -> str:
    """That another member of the family is here, which `auto` names but does not take: it reads otherwise."""
    from pipeline.model.checkpoints.source import OFFICIAL, cached
    from pipeline.model.family.known import MEMBERS

    here = (member.repository for member in MEMBERS if member.repository != OFFICIAL and cached(member.repository))
    return "".join(f" (but {name} is in the cache: --model {name})" for name in here)


def _has_gpu() -> bool:
    if sys.platform != "darwin":
        return _has_cuda()
    if torch_fault():
        return False
    import torch

    return torch.backends.mps.is_available()


def _has_cuda() -> bool:
    if not may_have_cuda() or torch_fault():
        return False
    import torch

    return torch.cuda.is_available()

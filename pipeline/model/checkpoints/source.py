"""Where a checkpoint is: the bundled one, a local folder, or a Hugging Face repository's files in the local cache."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import ModelError
from pipeline.model.checkpoints.config_reader import read_config
from pipeline.model.checkpoints.files import is_whole
from pipeline.model.family.known import MEMBERS, member_of, released_as
from pipeline.model.family.member import Member

NANO = "nano"
OFFICIAL = "deepseek-ai/DeepSeek-OCR-2"
WANTED = ["*.safetensors", "*.json"]
"""All that is ever downloaded: never code, never pickles."""


def nano_folder() -> Path:
    """The checkpoint that the package brings along."""
    return Path(__file__).parents[2] / "nano"


def is_repository(name: str) -> bool:
    """Whether a name may be one of the hub's: an owner and a name."""
    return re.fullmatch(r"[\w.-]+/[\w.-]+", name) is not None and not name.startswith(".")


def locate(name: str, download: bool = True) -> Path:
    """The folder of a checkpoint by its `--model` name: `nano`, a local folder, or a repository id.

    A repository comes from the local cache; what is missing there is downloaded with progress on stderr and can be
    resumed. Raises ModelError, with the remedy, where it cannot be had.
    """
    if name == NANO:
        return _existing(nano_folder(), "this installation has no bundled checkpoint; install ocr2 again")
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    if not is_repository(name):
        raise ModelError(f"no model {name!r}: give nano, a folder with a checkpoint, or a repository like {OFFICIAL}")
    return cached(name) or _download(name, download)


def member_named(name: str) -> Member:
    """Which of the family a `--model` name is, as far as it can be told here; of unknown weights, the first.

    Raises ModelError for a checkpoint of another family.
    """
    if (member := released_as(name)) is not None:
        return member
    try:
        folder = locate(name, download=False)
    except ModelError:
        return MEMBERS[0]
    return member_of(read_config(folder))


def tiles_learned(name: str) -> int:
    """The most tiles of a page of narrow lines that a `--model` name has learned, as far as it can be told here; 0:
    as of other pages."""
    try:
        return read_config(locate(name, download=False)).dense_tiles
    except ModelError:
        return 0


def cached(repository: str) -> Path | None:
    """The folder of a repository's files if the local cache holds a whole checkpoint of it."""
    if not (cache_folder() / f"models--{repository.replace('/', '--')}").is_dir():
        return None  # told without importing what reads the cache, which takes longer than a page
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(repository, allow_patterns=WANTED, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    return folder if is_whole(folder) else None  # the cache gives what is there: half a download, too


def cache_folder() -> Path:
    """Where the local cache is: as huggingface_hub has it (HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME)."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if given := os.environ.get(name):
            return Path(os.path.expandvars(given)).expanduser()
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return Path(os.path.expandvars(home)).expanduser() / "hub"


def _download(repository: str, allowed: bool) -> Path:
    if not allowed:
        raise ModelError(f"the weights of {repository} are not in the local cache; allow the download, or use nano")
    from huggingface_hub import snapshot_download

    with reached(repository):
        return Path(snapshot_download(repository, allow_patterns=WANTED))


@contextmanager
def reached(repository: str) -> Iterator[None]:
    """Errors of the hub as one line with the remedy."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    unreached: tuple[type[Exception], ...] = (HfHubHTTPError, LocalEntryNotFoundError, OSError, *_of_transport())
    try:
        yield
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"there is no public repository {repository}; check its name, or log in with `hf auth login`"
        ) from error
    except unreached as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"the weights of {repository} could not be downloaded ({reason}); try again, use nano, or fetch them where "
            f"there is a network: ocr2 models pull {repository} --to FOLDER"
        ) from error


def _of_transport() -> Iterator[type[Exception]]:
    """What the hub's client raises where no server answers: versions of it stand on different libraries, and none of
    these errors is an OSError."""
    for library, name in (("httpx2", "HTTPError"), ("httpx", "HTTPError")):
        if library in sys.modules:
            yield getattr(sys.modules[library], name)


def _existing(folder: Path, remedy: str) -> Path:
    if not (folder / "config.json").exists():
        raise ModelError(remedy)
    return folder

"""Inputs → what will be read and where its results go: files, folders, globs, standard input."""

from __future__ import annotations

import glob
import itertools
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from ocr2cli.inputs.remote import documents
from pipeline.documents.document import spool_stdin
from pipeline.documents.sources import unreadable
from pipeline.errors import InputError, UserError
from pipeline.record.places import bare
from pipeline.stores.copies import Copies
from pipeline.stores.urls import SCHEMES, Url, local, parse, shown
from pipeline.transcript import Source

SUFFIXES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"})
"""What is picked from a folder. A file that is named on the command line is opened whatever its suffix says."""

STDIN = "-"
RESULT_MARK = "transcript.jsonl"
"""A folder that holds it is a result of ours: its crops are not inputs."""


@dataclass(frozen=True)
class Job:
    """One document to read. Results go to `stem.md` and the folder `stem` below the output folder."""

    path: Path | None  # None: standard input
    name: str  # what the user calls it
    stem: PurePath
    url: Url | None = None  # where it lies elsewhere; `path` then only tells it from others
    inside: PurePath | None = None  # its path below the folder or the fixed part of the pattern that was given


@dataclass(frozen=True)
class Plan:
    """The batch: every job has a stem of its own; `refused` names the inputs that stand for no document."""

    jobs: tuple[Job, ...]
    refused: tuple[tuple[str, UserError], ...]

    @property
    def inputs(self) -> int:
        return len(self.jobs) + len(self.refused)


@dataclass(frozen=True)
class _Found:
    path: Path
    name: str
    inside: PurePath  # the path below the folder or the fixed part of the pattern that was given
    url: Url | None = None


Refused = Callable[[Path, InputError], None]
"""Is told of what may not be looked at."""


def source_of(job: Job, passwords: tuple[str, ...], copies: Copies) -> Source:
    """Standard input is read here, wholly, and what lies elsewhere is fetched. Raises InputError."""
    if job.path is None:
        return spool_stdin(sys.stdin.buffer, passwords)
    if job.url is not None:
        return copies.source(job.url, job.name, passwords)
    return Source(job.path.absolute(), job.name, passwords, inside=job.inside.as_posix() if job.inside else "")


def refuse_output_inside(inputs: Iterable[str], output: Path) -> None:
    """Raise UserError where results would be written into a folder that is looked through with all its folders."""
    for text in inputs:
        folder, url, into = Path(local(text)), parse(text), parse(output)
        below = url is not None and into is not None and url.holds(into)
        if below or (folder.is_dir() and folder.resolve() in output.resolve().parents):
            raise UserError(
                f"-o {shown(output)} is inside the input {text}, so results would become inputs: choose another"
            )


def plan(inputs: Iterable[str], recursive: bool = False) -> Plan:
    """Find the documents that `inputs` stand for, each once, in the order given and sorted within a folder."""
    found: list[_Found] = []
    refused: list[tuple[str, UserError]] = []
    stdin = False
    for text in dict.fromkeys(inputs):
        if text == STDIN:
            stdin = True
            continue
        try:
            found.extend(_expand(text, recursive, lambda folder, error: refused.append((str(folder), error))))
        except UserError as error:
            refused.append((text, error))
        except OSError as error:
            refused.append((text, unreadable(text, error)))
    # Turned twice: of two names for one file the first is kept, at its place in the order given.
    unique = list({item.path.resolve(): item for item in reversed(found)}.values())[::-1]
    jobs = [
        Job(item.path, item.name, stem, item.url, item.inside)
        for item, stem in zip(unique, distinct_stems(unique), strict=True)
    ]
    if stdin:
        jobs.append(Job(None, STDIN, PurePath("stdin")))
    return Plan(tuple(jobs), tuple(refused))


def _expand(text: str, recursive: bool, refused: Refused) -> Iterator[_Found]:
    if (url := parse(text)) is not None:
        if not url.bucket:
            raise InputError(f"{text} names no bucket or host: write {url.scheme}://NAME/…")
        for at, inside in documents(url, recursive, SUFFIXES, RESULT_MARK):
            yield _Found(at.path, at.public, inside, at)
        return
    path = Path(local(text))
    if path.is_dir():
        yield from _folder(path, recursive, refused)
    elif path.exists():
        yield _Found(path, text, PurePath(path.name))
    elif glob.has_magic(text):
        yield from _pattern(local(text))
    else:
        if found := re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", text):
            known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
            raise InputError(f"{text}: addresses with {found[1]}:// are not read; there are {known}")
        if path.is_symlink():
            raise InputError(f"{text} is a link to {path.readlink()}, which does not exist: mend the link")
        raise InputError(f"{text} does not exist: check the path")


def _folder(folder: Path, recursive: bool, refused: Refused) -> Iterator[_Found]:
    empty = True
    for path in walk(folder, recursive, refused):
        empty = False
        yield _Found(path, str(path), path.relative_to(folder))
    if empty:
        deeper = "" if recursive else "; --recursive looks into its folders too"
        raise InputError(f"{folder}: no PDF or image in this folder{deeper}")


def walk(folder: Path, recursive: bool, refused: Refused = lambda folder, error: None) -> Iterator[Path]:
    """The documents in a folder, sorted. Hidden files, results of ours and links that leave the tree are left out; of
    folders in it that may not be looked into `refused` is told. Raises OSError for the folder itself."""
    return _walk(sorted(folder.iterdir()), recursive, folder.resolve(), refused)


def _walk(entries: list[Path], recursive: bool, root: Path, refused: Refused) -> Iterator[Path]:
    for path in entries:
        if path.name.startswith("."):
            continue
        try:
            if path.suffix.lower() in SUFFIXES and path.is_file():
                if not path.is_symlink() or path.resolve().is_relative_to(root):
                    yield path
                continue
            deeper = recursive and path.is_dir() and not path.is_symlink() and not (path / RESULT_MARK).exists()
            within = sorted(path.iterdir()) if deeper else []
        except OSError as error:
            refused(path, unreadable(str(path), error))
            continue
        yield from _walk(within, recursive, root, refused)


def _pattern(pattern: str) -> Iterator[_Found]:
    parts = Path(pattern).parts
    fixed = Path(*parts[: next(i for i, part in enumerate(parts) if glob.has_magic(part))])
    # Not Path.glob: it takes hidden files too, which no shell does, and refuses patterns like a**.
    paths = [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207
    files = [path for path in paths if path.suffix.lower() in SUFFIXES and path.is_file() and _is_inside(path, fixed)]
    if not files:
        raise InputError(f"{pattern}: no PDF or image matches this pattern")
    for path in files:
        yield _Found(path, str(path), path.relative_to(fixed))


def _is_inside(path: Path, fixed: Path) -> bool:
    """Whether a match lies in the tree that its pattern looks through: behind no link out of it or around in it, and
    not among the results of an earlier run."""
    between = path.parents[: len(path.parts) - len(fixed.parts) - 1]
    if any(folder.is_symlink() or (folder / RESULT_MARK).exists() for folder in between):
        return False
    return not path.is_symlink() or path.resolve().is_relative_to(fixed.resolve())


def distinct_stems(found: list[_Found]) -> list[PurePath]:
    """A stem for each file such that no result stands in the way of another, also where names differ in case only.

    Whoever comes first has the short name `a`; the next takes its suffix along, `a.png`, or its folder, `scans/a`, or
    goes into a numbered folder.
    """
    claims = _Claims()
    return [next(filter(claims.take, _candidates(item))) for item in found]


def _candidates(item: _Found) -> Iterator[PurePath]:
    """Ever longer names for the same file; there is always one more."""
    short, long = bare(item.inside), item.inside
    folder = PurePath(item.path.absolute().parent.name)
    yield from (short, long, folder / short, folder / long)
    yield from (PurePath(str(number)) / long for number in itertools.count(2))


class _Claims:
    """The files and folders that results will need so far."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def take(self, stem: PurePath) -> bool:
        """Claim `stem.md` and the folder `stem`, with those above it; False, and nothing claimed, if one is in use."""
        file = fold(f"{stem}.md")
        folders = {fold(str(folder)) for folder in (stem, *stem.parents)}
        if file in self._files or file in self._folders or folders & self._files:
            return False
        self._files.add(file)
        self._folders |= folders
        return True


def fold(path: str) -> str:
    """Equal for paths that some file system takes for the same one."""
    return unicodedata.normalize("NFC", path).casefold()

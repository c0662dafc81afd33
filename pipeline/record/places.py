"""Where a document's results lie, and whose that place is.

One policy for every command: a place is claimed with the document's digest, under a lock. A place of another document,
or one that another process is writing, is left alone, and the next name is taken: `a`, `a-2`, `a-3`.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path, PurePath

from pipeline.documents.document import digest
from pipeline.record import corrections
from pipeline.record.grounds import DISK, STATE_NAME, Ground, Hold, Place
from pipeline.record.home.state import State
from pipeline.record.home.ways import Home, same
from pipeline.record.log import FILE_NAME, NEW_NAME, first
from pipeline.record.writing import OutputError, writing

__all__ = ["BusyError", "Claim", "Identity", "Manner", "Place", "claim", "find", "known_path", "place_in", "reclaim"]

_NONE = "none"  # in place of a digest: none was wanted, so one that appears is somebody else's
_OURS = {FILE_NAME, NEW_NAME, STATE_NAME, corrections.FILE_NAME}
# Looks, 20 ms apart, at a place that was locked a moment ago, before its new owner has written who that is. Fewer, and
# a slow disk sends a second run of one command to `a-2`; more delays every claim beside a busy place.
_MOMENTS = 20


@dataclass(frozen=True)
class Identity:
    """Which document it is: the SHA-256 of its bytes, where it lies, and how that is told on other machines."""

    digest: str
    path: Path
    lay: str = ""


@dataclass(frozen=True)
class Manner:
    """How places are taken. `force`: what a person wrote or changed is replaced.

    `inbox`: names come again there, so another content under the same path is another document, not a new version of
    it; and as nobody is there to be asked, a place with somebody else's Markdown is passed over.
    """

    force: bool = False
    inbox: bool = False


class BusyError(OutputError):
    """Another process is reading the same document into the same place."""


class Standing(Enum):
    """What a place is to a document."""

    FREE = auto()
    OURS = auto()
    OTHERS = auto()  # another document's
    FOREIGN = auto()  # there is a Markdown that ocr2 has not written
    CHANGED = auto()  # ours, and somebody has changed the Markdown


_WHY = {
    Standing.FOREIGN: "is there already and was not written by ocr2; use another folder with -o, or --force",
    Standing.CHANGED: "was changed since ocr2 wrote it; --force writes it anew, or use another folder with -o",
}


class Claim:
    """A place that is ours alone until it is closed."""

    def __init__(self, place: Place, hold: Hold, state: State, ground: Ground) -> None:
        self.place, self._hold, self._state, self._ground = place, hold, state, ground

    def check_markdown(self, force: bool) -> None:
        """Raises OutputError where the Markdown is not as it was written here."""
        if not force and _is_changed(self.place, self._state):
            raise OutputError(f"{self.place.markdown} {_WHY[Standing.CHANGED]}")

    def begin_markdown(self) -> None:
        """The Markdown is about to be replaced: if this process is killed, nobody knows which one is there."""
        self._write(replace(self._state, markdown=None))

    def wrote_markdown(self) -> None:
        """All files are whole. Remember the Markdown as it is now, so that a change by somebody else can be told."""
        with writing(self.place.state):
            self._ground.publish(self.place)
            there = self.place.markdown.exists()
            self._write(replace(self._state, markdown=digest(self.place.markdown) if there else _NONE))

    def close(self) -> None:
        """Others may have the place; may be called twice."""
        self._hold.release()

    def _write(self, state: State) -> None:
        with writing(self.place.state):
            self._hold.write(state.encode())
        self._state = state


def bare(name: PurePath) -> PurePath:
    """A file's name without its suffix, but for names of which nothing or a way through folders would be left, such as
    `...pdf`."""
    return name if name.stem in ("", ".", "..") else name.with_suffix("")


def place_in(base: Path, stem: PurePath) -> Place:
    """`base/stem.md` and the folder `base/stem`."""
    folder = base / stem
    return Place(folder.with_name(folder.name + ".md"), folder)


def find(base: Path, stem: PurePath, who: Identity, manner: Manner, ground: Ground = DISK) -> Place:
    """The place that `claim` would take if nobody else were at work. Raises OutputError as it does."""
    for place in _candidates(base, stem):
        ground.look(place)
        if _is_for(place, who, manner):
            return place
    raise AssertionError("there is always one more name")


def claim(base: Path, stem: PurePath, who: Identity, manner: Manner, ground: Ground = DISK) -> Claim:
    """Take the first place that is free or holds an earlier reading of this document, and make its folder.

    Raises OutputError where somebody else's Markdown is in the way and where nothing can be written, BusyError where
    another process is writing the results of this very file.
    """
    for place in _candidates(base, stem):
        ground.look(place)
        if not _is_for(place, who, manner):
            continue
        with writing(place.folder):
            place.folder.mkdir(parents=True, exist_ok=True)
            hold = ground.hold(place, _state_for(place, who, ground).encode())
        if hold is None:
            _refuse_twice(place, who, manner, ground)
            continue
        try:
            if _is_for(place, who, manner):  # as it is now that nobody else changes it
                return _claimed(place, hold, _state_for(place, who, ground), ground)
        except BaseException:
            hold.release()
            raise
        hold.release()
    raise AssertionError("there is always one more name")


def reclaim(place: Place, who: Identity, ground: Ground = DISK) -> Claim:
    """The place of a document that was read before, as it was looked at. Raises OutputError where another process is
    writing there."""
    with writing(place.folder):
        hold = ground.hold(place, _former_state(place, who, ground).encode())
    if hold is None:
        raise BusyError(f"{place.folder} is being written by another ocr2 process; give the command again later")
    return _claimed(place, hold, _former_state(place, who, ground), ground)


def _candidates(base: Path, stem: PurePath) -> Iterator[Place]:
    yield place_in(base, stem)
    yield from (place_in(base, stem.with_name(f"{stem.name}-{number}")) for number in itertools.count(2))


def _is_for(place: Place, who: Identity, manner: Manner) -> bool:
    """Whether a document may have the place; False where the next name is to be tried. Raises OutputError."""
    with writing(place.folder):
        standing = _standing(place, who, manner)
    if standing in _WHY and not manner.force:
        if manner.inbox:
            return False
        raise OutputError(f"{place.markdown} {_WHY[standing]}")
    return standing is not Standing.OTHERS


def known_path(place: Place, document: str) -> Path | None:
    """Where the document lay that was read to this place, by its SHA-256: the record may tell less of it."""
    state = State.read(place.state)
    return state.home.path(place.folder) if state is not None and state.document == document else None


def _standing(place: Place, who: Identity, manner: Manner) -> Standing:
    state, line = State.read(place.state), first(place.log)
    there = place.markdown.exists()
    if line is None and state is None:
        if there:
            return Standing.FOREIGN
        return Standing.FREE if _is_empty(place.folder) else Standing.OTHERS
    # A place that was taken for a new version has the record of the former one until that is whole.
    if state is None or state.document != who.digest:
        owner = line.key.document if line is not None else state.document if state is not None else ""
        if state is not None and state.document == owner:
            same_path = state.home.is_of(who.path, place.folder)
        else:
            same_path = line is not None and same(line.transcript.ref.source.path, who.path)
        new_version = same_path and not (manner.inbox and there)
        if owner != who.digest and not new_version:
            return Standing.OTHERS
    if place.markdown.is_dir():
        return Standing.FOREIGN
    return Standing.CHANGED if there and _is_changed(place, state) else Standing.OURS


def _is_empty(folder: Path) -> bool:
    """Whether nothing of anybody else is in the folder, which need not be there."""
    try:
        return all(path.name in _OURS or _is_temporary(path) for path in folder.iterdir())
    except FileNotFoundError:
        return True
    except NotADirectoryError:
        return False


def _is_changed(place: Place, state: State | None) -> bool:
    if state is None or state.markdown is None or not place.markdown.is_file():
        return False  # of results of ocr2 0.1 nothing is known
    return digest(place.markdown) != state.markdown


def _claimed(place: Place, hold: Hold, state: State, ground: Ground) -> Claim:
    claimed = Claim(place, hold, state, ground)
    claimed._write(state)
    with writing(place.folder):
        for path in place.folder.iterdir():
            if _is_temporary(path):  # half a file of a run that was killed
                path.unlink(missing_ok=True)
    return claimed


def _former_state(place: Place, who: Identity, ground: Ground) -> State:
    """As it is, where it is of this document: where that lay is known better than from the record."""
    former = State.read(place.state)
    return former if former and former.document == who.digest else _state_for(place, who, ground)


def _state_for(place: Place, who: Identity, ground: Ground) -> State:
    former = State.read(place.state)
    home = Home.of(who.path, place.folder, who.lay if ground.shared else None)
    return State(who.digest, home, former.markdown if former else None)


def _refuse_twice(place: Place, who: Identity, manner: Manner, ground: Ground) -> None:
    """Raises BusyError where the other process reads the same file: another result of it is not what is wanted.

    Where machines share the results, the same bytes are the same file: each may have it in another folder.
    """
    for _ in range(_MOMENTS):
        if (state := State.read(place.state)) is not None:
            break
        time.sleep(0.02)
    if state is None:
        return
    same_bytes = ground.shared and not manner.inbox and state.document == who.digest
    if same_bytes or state.home.is_of(who.path, place.folder):
        raise BusyError(
            f"{place.folder} is being written by another ocr2 process that reads the same file; give the command again "
            "when that has ended"
        )


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(".") and path.name.endswith(".tmp")

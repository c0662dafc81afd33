"""What a record that is there already is worth: it is never replaced by less unless that was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.record.log import Key, Record, read
from pipeline.record.places import Place
from pipeline.record.writing import OutputError
from pipeline.transcript import Finish, Transcript

_RANKS = {"text-layer": 0, "nano": 1}
# Any other checkpoint: the full model, or one that the user has chosen. Equal ranks may replace each other.
_NETWORK = 2


def finished(readings: Mapping[int, Transcript]) -> set[int]:
    """The pages that need not be read. One that could not be read may be readable now (memory, a file that has been
    mended): it is tried again."""
    return {number for number, transcript in readings.items() if transcript.finish is not Finish.ERROR}


def rank(reader: str) -> int:
    """How much a reader can read. text-layer+NAME ranks as NAME, which reads what the text layer cannot."""
    return _RANKS.get(reader.rpartition("+")[2], _NETWORK)


def refuse_less(place: Place, key: Key, reader: str, wanted: list[int]) -> None:
    """Raises OutputError where a record of the same document, read otherwise, is of a better reader, or has pages that
    are not wanted now and would be lost."""
    for path in (place.log, place.new_log):
        former = read(path)
        if former is not None and former.key.document == key.document and former.key != key:
            _refuse(place, former, reader, wanted)


def _refuse(place: Place, former: Record, reader: str, wanted: list[int]) -> None:
    best = max((page.reader for page in former.readings.values()), key=rank, default=reader)
    if rank(best) > rank(reader):
        raise OutputError(
            f"{place.folder} was read with {best}, and {reader} may read less: --force reads it again all the same, "
            "or use another folder with -o"
        )
    lost = finished(former.readings) - set(wanted)
    if lost and former.readings.path == place.log:
        pages = "another page" if len(lost) == 1 else f"{len(lost)} other pages"
        raise OutputError(
            f"{place.folder} holds {pages}, read with other settings, which would be lost: --force replaces them, or "
            "use another folder with -o"
        )

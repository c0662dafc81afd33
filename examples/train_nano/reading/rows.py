"""Readings of pages as lines of JSON: all that scores, thresholds and Markdown are made of, on any machine."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.readers.wrappers.certainty import certainty
from pipeline.transcript import Finish, PageRef, Source, Transcript


@dataclass(frozen=True)
class Row:
    """One page as a checkpoint read it. `name`: its file's, without a folder; `truth`: its transcript, None where the
    set has none beside its pages; `certainty`: see `pipeline.readers.wrappers.certainty`, 0 where nothing was read."""

    model: str
    set: str
    name: str
    number: int
    truth: str | None
    text: str
    finish: str
    certainty: float
    confidence: float | None = None
    by_block: tuple[float, ...] = ()
    error: str | None = None
    doubtful: bool = False
    tried: tuple[str, ...] = ()
    turned: int = 0
    width: float = 0.0
    height: float = 0.0

    @property
    def sort(self) -> str:
        """What sort of page it is, which its name ends in."""
        return Path(self.name).stem.partition("-")[2]

    def transcript(self, source: Source) -> Transcript:
        """What it was made of, of that document."""
        return Transcript(
            PageRef(source, self.number), self.text, Finish(self.finish), self.width, self.height, "nano",
            confidence=self.confidence, by_block=tuple(self.by_block), error=self.error, doubtful=self.doubtful,
            tried=tuple(self.tried), turned=self.turned,
        )  # fmt: skip


def row(model: str, set_name: str, truth: str | None, page: Transcript) -> Row:
    """What is kept of a page."""
    return Row(
        model, set_name, page.ref.source.path.name, page.ref.number, truth, page.text, page.finish.value,
        round(certainty(page) or 0.0, 4), page.confidence, tuple(round(share, 4) for share in page.by_block),
        page.error, page.doubtful, page.tried, page.turned, page.width, page.height,
    )  # fmt: skip


def line(one: Row) -> str:
    """A row as text, with its line end."""
    return json.dumps(asdict(one), ensure_ascii=False) + "\n"


def load(paths: Iterable[Path]) -> Iterator[Row]:
    """The rows of files, plain or .xz. The last line of a run that was cut off is left out."""
    for path in paths:
        raw = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
        for text in raw.split(b"\n")[:-1]:
            yield Row(**json.loads(text))


def pack(paths: Iterable[Path], packed: Path) -> None:
    """Files of rows as one .xz: what checkpoints have in common, and what they share with the truth, is there once."""
    whole = b"".join(path.read_bytes().rpartition(b"\n")[0] + b"\n" for path in paths if path.stat().st_size)
    packed.write_bytes(lzma.compress(whole, preset=6))

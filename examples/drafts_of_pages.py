"""What drafts are worth on pages: tokens a step, and the time with and without, of documents with text of their own.

    python examples/drafts_of_pages.py paper.pdf book.pdf            # nano on this machine's CPU
    python examples/drafts_of_pages.py --device cuda --model FOLDER @list.txt

Each page is read twice by one engine, without drafts and with the page's own text as draft, in an order that changes
from page to page, and the texts are compared. Seconds are the process's own on a CPU (rasterising has another process),
so that other work on the machine counts little, and the clock's on a GPU. They are told for the whole and for the steps
alone, as encoding is the same with drafts and without.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline.documents.document import Document
from pipeline.engine.engine import Engine
from pipeline.engine.load import load_engine
from pipeline.reader_options import ReaderOptions
from pipeline.readers.drafts import OwnText
from pipeline.transcript import PageRef, Source, Transcript

WAYS = ("off", "text")


class Watch:
    """Seconds of one engine, of all and of its steps."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine, self._clock = engine, clock
        self.spent: Counter[str] = Counter()
        runner = engine._runner
        runner.__dict__.update(run=self._timed("steps", runner.run), look=self._timed("steps", runner.look))

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: object) -> object:
            begun = self._clock()
            result = function(*given)
            self.spent[name] += self._clock() - begun
            return result

        return run

    def read(self, page: PageRef) -> Transcript:
        (found,) = self._timed("all", lambda: list(self._engine.transcribe([page])))()
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="+", metavar="PDF|@LIST")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--pages", type=int, default=100, help="of each document at most")
    arguments = parser.parse_args()
    clock = time.process_time if arguments.device == "cpu" else time.perf_counter
    watches = {}
    for way in WAYS:
        options = ReaderOptions(model=arguments.model, device=arguments.device, draft=way)
        watches[way] = Watch(load_engine(arguments.model, options, 1, drafter=OwnText()), clock)
    print("tokens a step, guessed, kept | seconds without, with, ratio; of steps alone | equal | document")
    total = Tally()
    for path in _paths(arguments.documents):
        tally = Tally()
        with Document(Source(path, path.name)) as document:
            count = min(document.page_count, arguments.pages)
        for number in range(1, count + 1):
            tally.add(PageRef(Source(path, path.name), number), watches, number % 2)
        print(f"{tally} | {path.name}, pages: {count}", flush=True)
        total.join(tally)
    print(f"{total} | all")


class Tally:
    """Sums over pages."""

    def __init__(self) -> None:
        self.sums: Counter[str] = Counter()

    def add(self, page: PageRef, watches: dict[str, Watch], turn: int) -> None:
        found = {}
        for way in WAYS[::-1] if turn else WAYS:
            before = Counter(watches[way].spent)
            found[way] = watches[way].read(page)
            for name, spent in watches[way].spent.items():
                self.sums[f"{way} {name}"] += spent - before[name]
        drafted = found["text"].drafted
        assert drafted is not None
        self.sums.update(guessed=drafted.guessed, kept=drafted.kept, steps=drafted.steps, pages=1)
        self.sums["equal"] += (found["off"].text, found["off"].finish, found["off"].output_tokens) == (
            found["text"].text, found["text"].finish, found["text"].output_tokens,
        )  # fmt: skip

    def join(self, other: Tally) -> None:
        self.sums.update(other.sums)

    def __str__(self) -> str:
        some = self.sums
        steps = max(1, some["steps"])
        parts = [f"{(some['kept'] + steps) / steps:5.2f} {some['guessed'] / steps:5.2f} {some['kept'] / steps:5.2f}"]
        for name in ("all", "steps"):
            without, drafted = some[f"off {name}"], some[f"text {name}"]
            parts.append(f"{without:6.1f} {drafted:6.1f} {without / max(drafted, 1e-9):4.2f}")
        return " | ".join([*parts, f"{some['equal']} of {some['pages']}"])


def _paths(given: list[str]) -> Iterator[Path]:
    for name in given:
        if name.startswith("@"):
            yield from (Path(line) for line in Path(name[1:]).read_text().split())
        else:
            yield Path(name)


if __name__ == "__main__":
    main()

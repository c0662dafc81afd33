"""What a reader's wrappers pass on: its name, what it is doing at this moment, and its end."""

from pathlib import Path

import pytest

from pipeline.model.checkpoints.thresholds import UNVERIFIED
from pipeline.readers.elsewhere.noted import Noted
from pipeline.readers.wrappers.certainty import Judging
from pipeline.readers.wrappers.fallback import WithFallback
from pipeline.readers.wrappers.figures import WithFigures
from pipeline.readers.wrappers.retries import Recovering
from pipeline.transcriber import Life, UnderWay, life
from pipeline.transcript import PageRef, Source

DOING = Life((UnderWay(PageRef(Source(Path("a.pdf"), "a.pdf"), 3), 120),), more=2, waiting=5)


class Reader:
    name, settings = "inner", "inner/1"
    closed = 0

    def transcribe(self, pages):
        return iter(())

    def life(self):
        return DOING

    def close(self):
        self.closed += 1


@pytest.mark.parametrize(
    "wrap",
    [Recovering, WithFigures, WithFallback, lambda reader: Judging(reader, UNVERIFIED), lambda r: Noted(r, "note")],
    ids=["again", "figures", "fallback", "judging", "noted"],
)
def test_a_wrapper_hides_nothing_of_the_reader_within(wrap):
    reader = Reader()
    around = wrap(reader)
    assert (around.name, life(around)) == ("inner", DOING)
    assert around.settings.startswith("inner/1")
    around.close()
    assert reader.closed == 1

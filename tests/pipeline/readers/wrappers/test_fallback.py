"""The last steps of the ladder, for whoever uses `pipeline` alone: own text, else the page as it failed."""

from pathlib import Path

import pymupdf
import pytest

from pipeline.reader_options import ReaderOptions
from pipeline.readers.opening import open_alone, open_transcriber
from pipeline.readers.wrappers.fallback import WithFallback, failure
from pipeline.transcript import Finish, PageRef, Source, Transcript


@pytest.fixture
def refs(tmp_path):
    """A page with text, one with a picture only, and a blank one."""
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 100), "The file knows it.")
        document.new_page().draw_circle((200, 200), 80, fill=(0, 0, 0))
        document.new_page()
        document.save(tmp_path / "a.pdf")
    return [PageRef(Source(tmp_path / "a.pdf", "a.pdf"), number) for number in (1, 2, 3)]


def test_own_text_stands_in_and_each_step_is_named(refs, empty_reader):
    first, second, third = WithFallback(empty_reader()).transcribe(refs)
    assert (first.finish, first.reader, first.tried) == (Finish.STOP, "text-layer", ("empty: empty",))
    assert "The file knows it." in first.text
    assert (second.finish, second.reader, second.tried) == (Finish.EMPTY, "empty", ("text-layer: empty",))
    assert (third.finish, third.text, third.tried) == (Finish.BLANK, "", ("empty: empty",))
    assert [failure(page) for page in (first, second, third)] == [
        None, "nothing could be read, but the page is not blank", None
    ]  # fmt: skip


def test_what_failed_before_stays_named(refs, recorded_reader):
    class Again(recorded_reader):
        def read(self, ref):
            return Transcript(ref, "x", Finish.LOOP, 1, 1, "again", tried=("again: empty",))

    first, second, _ = WithFallback(Again({})).transcribe(refs)
    assert first.tried == ("again: empty", "again: loop")
    assert (second.text, second.tried) == ("x", ("again: empty", "text-layer: empty"))


def test_pages_that_are_never_answered_come_out_all_the_same(refs, recorded_reader):
    class Forgetful(recorded_reader):
        def transcribe(self, pages):
            first, _ = next(pages), next(pages)
            yield self.read(first)

    texts = {number: f"page {number}" for number in (1, 2, 3)}
    found = {page.ref.number: page for page in WithFallback(Forgetful(texts)).transcribe(iter(refs))}
    assert found[1].text == "page 1"
    assert (found[2].finish, found[2].error) == (Finish.ERROR, "it was never answered")
    assert set(found) == {1, 2, 3}


def test_good_pages_are_not_looked_at_again(refs, recorded_reader):
    gone = [PageRef(Source(Path("/gone.pdf"), "gone.pdf"), 1)]
    (page,) = WithFallback(recorded_reader({1: "text"})).transcribe(gone)
    assert (page.text, page.tried) == ("text", ())


def test_closing_closes_the_inner_one(recorded_reader):
    reader = recorded_reader({})
    WithFallback(reader).close()
    assert reader.closed == 1


def test_the_key_has_both(recorded_reader):
    from pipeline.text_layer.reading import SETTINGS

    reader = WithFallback(recorded_reader({}))
    assert (reader.name, reader.settings) == ("recorded", f"recorded/1+else {SETTINGS}")


def test_readers_come_with_it_unless_they_are_measured(tiny_checkpoint):
    options = ReaderOptions(str(tiny_checkpoint), "cpu")
    assert isinstance(open_transcriber(options)[0], WithFallback)
    assert not isinstance(open_alone(options)[0], WithFallback)

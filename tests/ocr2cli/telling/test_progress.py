"""The live line and what is printed beside it, from several threads."""

import threading

import pytest

from ocr2cli.telling import progress
from ocr2cli.telling.progress import Progress


class Line:
    """In place of rich's: whether it is on the screen."""

    def __init__(self):
        self.shown = False

    def start(self):
        assert not self.shown
        self.shown = True

    def stop(self):
        assert self.shown
        self.shown = False


@pytest.fixture
def line(monkeypatch):
    made = Line()
    monkeypatch.setattr(progress, "_is_alive", lambda: True)
    monkeypatch.setattr(progress, "_open_live", lambda render: made)
    return made


def elsewhere(action, *arguments):
    thread = threading.Thread(target=action, args=arguments)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def test_the_line_stays_away_until_the_last_thread_has_written(line):
    run = Progress(2, quiet=False)
    assert line.shown
    with run.aside():
        assert not line.shown
        elsewhere(run.begun, "b.pdf", 3, 3)  # which shows the line
        assert not line.shown
        elsewhere(run.say, "a line")  # an aside of its own
        assert not line.shown
    assert line.shown
    run.stop()
    assert not line.shown


def test_a_watch_folder_that_waits_has_no_line(line):
    run = Progress(0, quiet=False)
    assert not line.shown
    with run.aside():
        run.begun("a.pdf", 1, 1)
    assert line.shown
    run.document("a.pdf")
    assert not line.shown


def test_the_line_comes_back_when_writing_failed(line):
    run = Progress(1, quiet=False)
    with pytest.raises(OSError, match="full"), run.aside():
        raise OSError("full")
    assert line.shown
    run.stop()
    run.begun("a.pdf", 1, 1)
    assert not line.shown

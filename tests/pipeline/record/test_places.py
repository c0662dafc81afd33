"""Places: whose they are, who comes next, and what a person has changed in them."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path, PurePath

import pytest

from pipeline.record.grounds import Disk
from pipeline.record.home.state import State
from pipeline.record.locks import Lock
from pipeline.record.log import Key, TranscriptLog
from pipeline.record.places import BusyError, Identity, Manner, Place, claim, find, known_path, place_in, reclaim
from pipeline.record.writing import OutputError
from pipeline.transcript import Finish, PageRef, Source, Transcript

ROOT = Path(__file__).parents[3]
A = PurePath("a")
ONE, OTHER = Identity("1" * 64, Path("/x/a.pdf")), Identity("2" * 64, Path("/y/a.pdf"))
ASK, INBOX = Manner(), Manner(inbox=True)


@pytest.fixture
def base(tmp_path):
    return tmp_path / "out"


def written(base, who, manner=ASK, text="text"):
    """A document that was read and written; gives its place."""
    held = claim(base, A, who, manner)
    log = TranscriptLog(held.place.log, Key(who.digest, "recorded/1"))
    log.append(Transcript(PageRef(Source(who.path, "a.pdf"), 1), text, Finish.STOP))
    log.finish(held.place.log)
    held.begin_markdown()
    held.place.markdown.write_text(text)
    held.wrote_markdown()
    held.close()
    return held.place


def test_a_place_is_markdown_and_folder(base):
    place = place_in(base, PurePath("x/a.b"))
    assert (place.markdown, place.folder) == (base / "x/a.b.md", base / "x/a.b")


@pytest.mark.parametrize("manner", [Manner(), INBOX])
def test_each_document_has_its_own_place_and_finds_it_again(base, manner):
    places = [written(base, who, manner=manner) for who in (ONE, OTHER, ONE, OTHER)]
    assert [place.folder.name for place in places] == ["a", "a-2", "a", "a-2"]
    assert find(base, A, OTHER, manner) == places[1]


@pytest.mark.parametrize("manner", [Manner(), INBOX])
def test_the_same_bytes_elsewhere_are_the_same_document(base, manner):
    place = written(base, ONE, manner=manner)
    assert written(base, Identity(ONE.digest, Path("/z/a.pdf")), manner=manner) == place


def test_a_new_version_takes_its_place_where_paths_are_kept_and_another_one_in_an_inbox(base):
    place = written(base, ONE)
    new = Identity("3" * 64, ONE.path)
    assert find(base, A, new, INBOX).folder.name == "a-2"
    assert find(base, A, new, Manner()) == place
    place.markdown.unlink()  # as of a document that was replaced before it was read to its end
    assert find(base, A, new, INBOX) == place


def test_a_document_that_was_only_begun_keeps_its_place(base):
    claim(base, A, ONE, Manner()).close()
    assert [find(base, A, who, Manner()).folder.name for who in (ONE, OTHER)] == ["a", "a-2"]


def test_a_document_that_changed_since_it_was_only_begun_keeps_its_place(base):
    claim(base, A, ONE, ASK).close()
    assert find(base, A, Identity("3" * 64, ONE.path), ASK).folder.name == "a"
    assert find(base, A, Identity("3" * 64, Path("/z/a.pdf")), ASK).folder.name == "a-2"


def test_a_new_version_is_known_by_the_record_alone(base):
    path = base.parent / "in/a.pdf"
    place = written(base, Identity(ONE.digest, path))
    place.state.unlink()
    assert find(base, A, Identity("3" * 64, path), ASK) == place
    assert find(base, A, Identity("3" * 64, path.with_name("b.pdf")), ASK) != place


def test_a_new_version_is_known_where_documents_and_results_moved_together(tmp_path):
    (tmp_path / "work/in").mkdir(parents=True)
    written(tmp_path / "work/out", Identity(ONE.digest, tmp_path / "work/in/a.pdf"))
    (tmp_path / "work").rename(tmp_path / "moved")
    new = Identity("3" * 64, tmp_path / "moved/in/a.pdf")
    assert find(tmp_path / "moved/out", A, new, ASK).folder.name == "a"
    assert find(tmp_path / "moved/out", A, Identity(new.digest, Path("/z/a.pdf")), ASK).folder.name == "a-2"


@pytest.mark.parametrize("take", [find, lambda *asked: claim(*asked).place])
def test_what_other_machines_wrote_is_fetched_before_a_place_is_judged(base, take):
    class Fetched(Disk):
        def look(self, place):
            if place.folder.name == "a" and not place.folder.exists():
                written(base, OTHER)

    assert take(base, A, ONE, ASK, Fetched()).folder.name == "a-2"


def test_a_new_version_that_was_only_begun_keeps_its_place_wherever_its_bytes_lie(base):
    place = written(base, ONE)
    new = Identity("3" * 64, ONE.path)
    claim(base, A, new, ASK).close()  # the record is still that of the former version
    assert find(base, A, Identity(new.digest, Path("/z/a.pdf")), ASK) == place
    assert find(base, A, Identity(ONE.digest, Path("/z/a.pdf")), ASK) == place
    assert find(base, A, Identity("4" * 64, Path("/z/a.pdf")), ASK) != place


def test_what_another_process_writes_is_left_alone(base):
    held = claim(base, A, ONE, Manner())
    assert claim(base, A, OTHER, Manner()).place.folder.name == "a-2"
    copy = Identity(ONE.digest, Path("/z/a.pdf"))
    assert claim(base, A, copy, Manner()).place.folder.name == "a-3"
    with pytest.raises(OutputError, match="another ocr2 process that reads the same file"):
        claim(base, A, ONE, Manner())
    with pytest.raises(OutputError, match="another ocr2 process"):
        reclaim(held.place, ONE)
    held.close()
    assert claim(base, A, ONE, Manner()).place == held.place


def test_a_place_that_is_written_anew_still_knows_where_its_document_lay(base):
    """`render` has but what the record tells, and the state knows more; of another document it knows nothing."""
    place = written(base, ONE)
    for who, lay in ((Identity(ONE.digest, Path("/z/a.pdf")), ONE.path), (OTHER, OTHER.path)):
        reclaim(place, who).close()
        state = State.read(place.state)
        assert state is not None
        assert (state.document, state.home.is_of(lay, place.folder)) == (who.digest, True)
    place.state.unlink()
    reclaim(place, ONE).close()
    assert find(base, A, ONE, ASK) == place


def test_an_owner_that_has_not_written_who_it_is_yet_is_waited_for(base, monkeypatch):
    """Between the lock and the state: without the wait, a second run of one command would take the next name."""
    held = claim(base, A, ONE, ASK)
    said = held.place.state.read_bytes()
    held.place.state.write_bytes(b"")
    looks = []

    def wait(seconds):
        looks.append(seconds)
        if len(looks) == 2:
            held.place.state.write_bytes(said)

    monkeypatch.setattr("pipeline.record.places.time.sleep", wait)
    with pytest.raises(BusyError, match="reads the same file"):
        claim(base, A, ONE, ASK)
    assert len(looks) == 2


@pytest.mark.parametrize(("answers", "taken"), [([True, False, True, True], "a-2"), ([True, OutputError("no")], None)])
def test_a_place_that_is_not_ours_after_all_is_given_back(base, monkeypatch, answers, taken):
    """Somebody took it, or wrote a Markdown there, between the look and the lock."""
    left = list(answers)

    def is_for(place, who, manner):
        answer = left.pop(0)
        if isinstance(answer, OutputError):
            raise answer
        return answer

    monkeypatch.setattr("pipeline.record.places._is_for", is_for)
    if taken:
        assert claim(base, A, ONE, ASK).place.folder.name == taken
    else:
        with pytest.raises(OutputError, match="no"):
            claim(base, A, ONE, ASK)
    lock = Lock.take(place_in(base, A).state)
    assert lock is not None
    lock.release()


def test_where_machines_share_results_the_same_bytes_are_waited_for_but_in_an_inbox(base):
    """There, each file that is poured in has a result of its own."""

    class SharedDisk(Disk):
        shared = True

    held = claim(base, A, ONE, ASK, SharedDisk())
    elsewhere = Identity(ONE.digest, Path("/z/a.pdf"))
    with pytest.raises(BusyError, match="/a is being written"):
        claim(base, A, elsewhere, ASK, SharedDisk())
    with closing(claim(base, A, OTHER, ASK, SharedDisk())) as other:
        assert other.place.folder.name == "a-2"
    assert claim(base, PurePath("a"), elsewhere, INBOX, SharedDisk()).place.folder.name == "a-3"
    held.close()


def test_where_a_document_lay_is_known_of_the_one_that_was_read_alone(base):
    place = place_in(base, A)
    assert known_path(place, ONE.digest) is None
    claim(base, A, Identity(ONE.digest, base / "in/a.pdf"), ASK).close()
    assert known_path(place, ONE.digest) == base / "in/a.pdf"
    assert known_path(place, OTHER.digest) is None


def test_files_that_are_whole_are_published(base):
    published = list[Place]()

    class Told(Disk):
        def publish(self, place):
            published.append(place)

    with closing(claim(base, A, ONE, ASK, Told())) as held:
        held.place.markdown.write_text("text")
        held.wrote_markdown()
    assert published == [held.place]


@pytest.mark.parametrize("force", [False, True])
def test_a_markdown_that_a_person_changed_is_not_replaced_unless_asked(base, force):
    place = written(base, ONE)
    claim(base, A, ONE, Manner()).close()
    place.markdown.write_text("corrected")
    if force:
        assert claim(base, A, ONE, Manner(force=True)).place == place
    else:
        with pytest.raises(OutputError, match="was changed since ocr2 wrote it; --force"):
            claim(base, A, ONE, Manner())
        assert find(base, A, ONE, INBOX).folder.name == "a-2"


def test_a_change_while_pages_are_read_is_seen(base):
    written(base, ONE)
    held = claim(base, A, ONE, Manner())
    held.place.markdown.write_text("corrected meanwhile")
    with pytest.raises(OutputError, match="was changed since"):
        held.check_markdown(force=False)
    held.check_markdown(force=True)


def test_after_a_kill_while_the_markdown_was_written_it_is_written_again(base):
    written(base, ONE)
    held = claim(base, A, ONE, Manner())
    held.begin_markdown()
    held.place.markdown.write_text("a newer text, of which nobody could be told")
    held.close()
    assert claim(base, A, ONE, Manner()).place == held.place


@pytest.mark.parametrize("state", [b"", b"{", b"[]", b'{"document": 1, "source": [], "markdown": 2}', b"[" * 9999])
def test_a_damaged_state_is_no_state(base, state):
    place = written(base, ONE)
    place.state.write_bytes(state)
    place.markdown.write_text("nobody knows")
    assert claim(base, A, ONE, Manner()).place == place
    assert find(base, A, OTHER, Manner()).folder.name == "a-2"


@pytest.mark.parametrize("folder", [False, True])
def test_what_ocr2_has_not_written_stays(base, folder):
    base.mkdir()
    place = place_in(base, A)
    place.markdown.mkdir() if folder else place.markdown.write_text("mine")
    with pytest.raises(OutputError, match="was not written by ocr2; use another folder"):
        claim(base, A, ONE, Manner())
    assert not place.folder.exists()
    assert find(base, A, ONE, INBOX).folder.name == "a-2"
    assert claim(base, A, ONE, Manner(force=True)).place == place


def test_a_folder_with_somebodys_files_is_passed_over(base):
    (base / "a").mkdir(parents=True)
    (base / "a/holiday.png").touch()
    assert claim(base, A, ONE, Manner()).place.folder.name == "a-2"
    (base / "b").write_text("a file")
    assert claim(base, PurePath("b"), ONE, Manner()).place.folder.name == "b-2"


def test_halves_of_files_are_removed_and_nothing_else(base):
    place = written(base, ONE)
    for name in (".0123.tmp", "p001-1.png", ".hidden", "x.tmp"):
        (place.folder / name).touch()
    claim(base, A, ONE, Manner()).close()
    names = {path.name for path in place.folder.iterdir()}
    assert names == {".hidden", "x.tmp", "p001-1.png", "transcript.jsonl", ".place.json"}


def test_a_record_says_whose_the_place_is_also_without_a_state(base):
    place = written(base, ONE)
    place.state.unlink()
    assert [find(base, A, who, Manner()).folder.name for who in (ONE, OTHER)] == ["a", "a-2"]


def test_two_lookers_at_one_moment_never_share_a_place(base, monkeypatch):
    """The place is free for both when they look; the lock decides, and it is asked again behind the lock."""
    take = Lock.take.__func__  # type: ignore[attr-defined]

    def late(cls, path):
        if path.parent.name == "a":
            monkeypatch.undo()
            written(base, OTHER)  # comes, reads and goes between our look and our lock
        return take(cls, path)

    monkeypatch.setattr(Lock, "take", classmethod(late))
    assert claim(base, A, ONE, Manner()).place.folder.name == "a-2"


def test_a_lock_ends_with_its_process(base):
    base.mkdir()
    program = (
        "import os, sys; from pathlib import Path; from pipeline.record.locks import Lock\n"
        "lock = Lock.take(Path(sys.argv[1])); print(lock is not None, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(base / "lock")], env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "True\n"
    assert Lock.take(base / "lock") is None
    process.kill()
    process.communicate()
    lock = Lock.take(base / "lock")
    assert lock is not None
    lock.write(b"longer than that")
    lock.write(b"content")
    assert lock.read() == b"content"
    lock.release()
    lock.release()


def test_a_lock_whose_file_was_removed_meanwhile_is_no_lock(base, monkeypatch):
    """Its former owner removes the file between our opening and our locking it, and the next one makes another."""
    base.mkdir()
    path = base / "lock"
    opened, others = os.open, []

    def open_late(name, *arguments):
        descriptor = opened(name, *arguments)
        monkeypatch.undo()
        path.unlink()
        others.append(Lock.take(path))
        return descriptor

    monkeypatch.setattr(os, "open", open_late)
    assert Lock.take(path) is None
    assert others[0] is not None

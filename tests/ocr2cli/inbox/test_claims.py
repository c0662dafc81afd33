"""Claims on files of an inbox: one owner at a time, and no trace of what is gone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ocr2cli.inbox.claims import Claims, Version
from pipeline.record.locks import Lock


@pytest.fixture
def inbox(tmp_path):
    (tmp_path / "a.pdf").write_text("x")
    return tmp_path


def left(inbox):
    return sorted(path.name for path in (inbox / ".ocr2").iterdir())


def test_one_owner_at_a_time(inbox):
    first, second = Claims(inbox), Claims(inbox)
    with first.take(inbox / "a.pdf") as mine, second.take(inbox / "a.pdf") as others:
        assert mine is not None
        assert others is None
    with second.take(inbox / "a.pdf") as others:
        assert others is not None


def test_a_claim_on_a_lock_that_its_owner_removes_at_that_moment_is_none(inbox, monkeypatch):
    """Between our opening the lock and our locking it the file is read, moved and forgotten, and arrives anew."""
    claims, path = Claims(inbox), inbox / "a.pdf"
    opened, kept = os.open, []

    def open_late(name, *arguments):
        descriptor = opened(name, *arguments)
        monkeypatch.undo()
        Path(name).unlink()
        kept.append(Lock.take(Path(name)))
        return descriptor

    monkeypatch.setattr(os, "open", open_late)
    with claims.take(path) as claim:
        assert claim is None
    assert kept[0] is not None


def test_what_was_dealt_with_is_known_until_it_changes(inbox):
    path = inbox / "a.pdf"
    version = Version.of(path)
    with Claims(inbox).take(path) as claim:
        assert not claim.settled(version)
        claim.settle(version)
    with Claims(inbox).take(path) as claim:
        assert claim.settled(version)
        assert not claim.settled(Version(version.size + 1, version.time))


def test_claims_of_before_had_no_name_and_are_read(inbox):
    path = inbox / "a.pdf"
    version = Version.of(path)
    with Claims(inbox).take(path):
        (name,) = left(inbox)
    (inbox / ".ocr2" / name).write_text(json.dumps([version.size, version.time]))
    Claims(inbox).sweep()
    with Claims(inbox).take(path) as claim:
        assert claim.settled(version)


def test_only_claims_on_files_that_are_gone_are_swept(inbox):
    claims = Claims(inbox)
    odd = inbox / os.fsdecode(b"odd\xff.pdf")
    odd.touch()
    for path in (inbox / "a.pdf", odd, inbox / "gone.pdf"):
        with claims.take(path) as claim:
            claim.settle(Version(1, 2))
    (inbox / ".ocr2/strange").write_text("[[[")
    assert len(left(inbox)) == 4
    with claims.take(inbox / "gone.pdf"):
        claims.sweep()
        assert len(left(inbox)) == 4  # somebody is at it
    claims.sweep()
    assert len(left(inbox)) == 3
    odd.unlink()
    claims.sweep()
    assert len(left(inbox)) == 2

"""A record tells where its document lies, seen from itself, and nothing of the folders above."""

import json
from pathlib import Path

import pytest

from pipeline.record.lines import Key, Line, decode, encode
from pipeline.transcript import Finish, PageRef, Source, Transcript


def page(path, name="a.pdf"):
    return Transcript(PageRef(Source(Path(path), name), 1), "text", Finish.STOP)


def told(page, folder):
    row = json.loads(encode(Line(Key("0" * 64, "x"), page), folder))
    return row["source"], row["name"]


def found(source, folder):
    row = json.loads(encode(Line(Key("0" * 64, "x"), page("/a.pdf")), folder)) | {"source": source}
    return str(decode(json.dumps(row).encode(), folder).transcript.ref.source.path)


@pytest.mark.parametrize(
    ("path", "folder", "kept"),
    [
        ("/home/me/in/a.pdf", "/home/me/out/a", "../../in/a.pdf"),
        ("/home/me/out/a/a.pdf", "/home/me/out/a", "a.pdf"),
        ("/home/me/a.pdf", "/tmp/out", "a.pdf"),  # the way would lead over the root
        ("s3:/bucket/a.pdf", "/tmp/out", "s3:/bucket/a.pdf"),
    ],
)
def test_what_is_kept(path, folder, kept):
    assert told(page(path), Path(folder)) == (kept, "a.pdf")


def test_there_and_back():
    folder = Path("/home/me/out/a")
    assert found("../../in/a.pdf", folder) == "/home/me/in/a.pdf"
    assert found("/old/a.pdf", folder) == "/old/a.pdf"  # a record of before
    assert found("s3:/bucket/a.pdf", folder) == "s3:/bucket/a.pdf"


def test_a_name_that_was_typed_from_the_root():
    assert told(page("/x/a.pdf", "/x/a.pdf"), Path("/x/out"))[1] == "a.pdf"
    assert told(page("/x/a.pdf", "x/a.pdf"), Path("/x/out"))[1] == "x/a.pdf"

"""What a file is by its content, and what is said of one that is nothing of ours."""

import hashlib
import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest

from pipeline.documents.document import Document
from pipeline.documents.sources import Kind, digest, kind_of, shown, spool_stdin
from pipeline.errors import ExitCode, InputError
from pipeline.transcript import Source


def source(path, content=None, name=None):
    if content is not None:
        path.write_bytes(content)
    return Source(path, name or path.name)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", Kind.PDF),
        (b"\n" * 1500 + b"%PDF-1.4\n", Kind.PDF),
        (b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n", Kind.PDF),
        (b"\x89PNG\r\n\x1a\n", Kind.PNG),
        (b"\xff\xd8\xff\xe0", Kind.JPEG),
        (b"II*\0\x08", Kind.TIFF),
        (b"MM\0*\0", Kind.TIFF),
        (b"MM\0+\0", Kind.TIFF),
        (b"RIFF\x10\0\0\0WEBPVP8 ", Kind.WEBP),
    ],
)
def test_content_tells_the_format_whatever_the_name(tmp_path, content, kind):
    assert kind_of(source(tmp_path / "wrong.docx", content)) is kind


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!doctype html><p>404", "HTML"),
        (b"\xef\xbb\xbf \n<html>%PDF-1.4", "HTML"),
        (b"GIF89a", "GIF"),
        (b"PK\x03\x04\x14\0", "office document"),
        (b"%!PS-Adobe-3.0\n", "PostScript"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "neither a PDF nor an image"),
        (b"Dear Sir,", "neither a PDF nor an image"),
        (b" " * 9000 + b"%PDF-1.4", "neither a PDF nor an image"),
    ],
)
def test_other_formats_are_named_and_refused(tmp_path, content, said):
    with pytest.raises(InputError, match=said) as caught:
        kind_of(source(tmp_path / "paper.pdf", content))
    assert "paper.pdf is" in str(caught.value) and "PDF, PNG, JPEG, TIFF and WebP" in str(caught.value)
    assert caught.value.exit_code is ExitCode.INPUT


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("absent.pdf", "does not exist: check the path"),
        ("file/absent.pdf", "does not exist"),
        ("folder", "is a folder"),
        ("fifo", "not a regular file"),
        ("empty.pdf", "is empty"),
        ("a\0b", "cannot be read"),
        ("n" * 300, "cannot be read"),
    ],
)
def test_what_cannot_be_opened_gives_one_line(tmp_path, path, said):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.pdf").touch()
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(InputError, match=said) as caught:
        kind_of(Source(Path(f"{tmp_path}/{path}"), "in.pdf"))
    assert str(caught.value).startswith("in.pdf ") and "\n" not in str(caught.value)


def test_permission_denied(tmp_path, monkeypatch):
    """By force, because the tests may run as a user to whom nothing is denied."""

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    letter = source(tmp_path / "a.pdf", b"%PDF-1.4")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="permission denied, check its access rights"):
        kind_of(letter)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("-", "standard input"),
        ("Über 1.pdf", "Über 1.pdf"),
        ("a\nb.pdf", r"'a\nb.pdf'"),
        ("\udcff.pdf", r"'\udcff.pdf'"),
    ],
)
def test_names_are_shown_on_one_printable_line(name, line):
    assert shown(Source(Path("x"), name)) == line


def test_digest_is_sha256_of_the_bytes(tmp_path):
    content = b"page" * 500_000
    (tmp_path / "a").write_bytes(content)
    assert digest(tmp_path / "a") == hashlib.sha256(content).hexdigest()


def test_stdin_is_spooled_to_a_private_file():
    spooled = spool_stdin(io.BytesIO(b"%PDF-1.4 rest"), ("secret",))
    assert spooled.path.read_bytes() == b"%PDF-1.4 rest"
    assert (spooled.name, spooled.passwords) == ("-", ("secret",))
    assert stat.S_IMODE(spooled.path.stat().st_mode) == 0o600
    assert kind_of(spooled) is Kind.PDF


def test_empty_stdin_is_an_input_error():
    with pytest.raises(InputError, match="standard input is empty"):
        kind_of(spool_stdin(io.BytesIO(b"")))


def test_the_spooled_file_is_gone_when_the_process_is():
    program = (
        "import sys; from pipeline.documents.sources import spool_stdin; print(spool_stdin(sys.stdin.buffer).path)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=b"%PDF-", capture_output=True, check=True)
    path = Path(done.stdout.decode().strip())
    assert path.name.endswith(".stdin") and not path.exists()


def test_a_pdf_whose_first_line_is_lost_is_one(tmp_path):
    with pymupdf.open() as pdf:
        pdf.new_page().insert_text((72, 100), "Still there")
        whole = pdf.tobytes()
    path = tmp_path / "cut.pdf"
    path.write_bytes(whole[whole.index(b"\n") + 1 :])
    assert b"%PDF-" not in path.read_bytes()
    assert kind_of(Source(path, "cut.pdf")) is Kind.PDF
    with Document(Source(path, "cut.pdf")) as document:
        assert "Still there" in document.pdf[0].get_text()
    path.write_bytes(b"1 0 obj of no use")
    with pytest.raises(InputError):
        kind_of(Source(path, "cut.pdf"))

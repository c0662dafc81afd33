"""Readers and formats of other packages: the two examples, installed as anybody would, do what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import LONG

ROOT = Path(__file__).parents[2]
EXAMPLES = ("reader_sidecar", "format_lines")


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder for PYTHONPATH with both packages and their metadata."""
    pytest.importorskip("hatchling")
    target = tmp_path_factory.mktemp("site")
    packages = [str(ROOT / "examples" / name) for name in EXAMPLES]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", str(target), *packages],
        capture_output=True, text=True, timeout=LONG,
    )  # fmt: skip
    if "No module named pip" in done.stderr:
        pytest.skip("there is no pip here")
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def run(installed, tmp_path, make_scan):
    def run(*arguments, path=installed):
        return subprocess.run(
            [sys.executable, "-m", "ocr2cli", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=LONG,
            env=os.environ | {"PYTHONPATH": f"{path}{os.pathsep}{ROOT}", "HF_HUB_OFFLINE": "1"},
        )  # fmt: skip

    make_scan(tmp_path / "scan.pdf", 3)
    (tmp_path / "scan.txt").write_text("# Minutes\n\nAll were there.\fSecond *page*.")
    return run


@pytest.fixture
def make_scan():
    import pymupdf

    def make(path, pages):
        with pymupdf.open() as document:
            for _ in range(pages):
                document.new_page().draw_circle((200, 200), 80, fill=(0, 0, 0))
            document.save(path)

    return make


def test_a_reader_of_another_package_is_a_model(run):
    done = run("convert", "scan.pdf", "--model", "sidecar", "-o", "-")
    assert done.returncode == 4
    assert done.stdout.startswith("# Minutes\n\nAll were there.\n\nSecond")
    assert "> **Page 3 could not be read:** it has no text beside it" in done.stdout
    assert "page 3: it has no text beside it" in done.stderr


def test_it_reads_what_has_no_text_of_its_own(run):
    done = run("convert", "scan.pdf", "--model", "text-layer+sidecar", "--pages", "1", "-o", "-")
    assert (done.returncode, done.stdout) == (0, "# Minutes\n\nAll were there.\n")


def test_a_reader_is_told_the_language_of_the_pages(run, tmp_path):
    (tmp_path / "scan.de.txt").write_text("Protokoll")
    done = run("convert", "scan.pdf", "--model", "sidecar", "--language", "de", "--pages", "1", "-o", "-")
    assert (done.returncode, done.stdout) == (0, "Protokoll\n")
    assert "--language" not in done.stderr


def test_a_reader_that_does_not_ask_for_a_language_says_so(run):
    done = run("convert", "scan.pdf", "--model", "text-layer", "--language", "de", "-o", "-")
    first = done.stderr.splitlines()[0]
    assert first == "--language de has no effect: this reader sees for itself what is written"


def test_a_format_of_another_package_is_written_beside_the_markdown(run, tmp_path):
    done = run("convert", "scan.pdf", "--model", "sidecar", "--pages", "1-2", "--format", "md,lines", "-o", "out")
    assert (done.returncode, "out/scan/document.lines" in done.stdout.splitlines()) == (0, True)
    assert (tmp_path / "out/scan/document.lines").read_text() == "# Minutes All were there.\fSecond *page*.\n"
    alone = run("convert", "scan.pdf", "--model", "sidecar", "--pages", "2", "--format", "lines", "-o", "-")
    assert alone.stdout == "Second *page*.\n"


def test_without_them_the_names_mean_nothing(run, tmp_path):
    (tmp_path / "empty").mkdir()
    done = run("convert", "scan.pdf", "--model", "sidecar", path=tmp_path / "empty")
    assert (done.returncode, "there is no model 'sidecar'" in done.stderr) == (5, True)
    done = run("convert", "scan.pdf", "--format", "md,lines", path=tmp_path / "empty")
    assert (done.returncode, "--format md,lines: give one or more of md, json, html, " in done.stderr) == (2, True)


BROKEN = {
    "ocr2_broken.py": "def boom(assembly):\n    raise KeyError('no such thing')\n",
    "ocr2_broken-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: ocr2-broken\nVersion: 1\n",
    "ocr2_broken-1.dist-info/entry_points.txt": (
        "[ocr2.formats]\nboom = ocr2_broken:boom\n../up = ocr2_broken:boom\n[ocr2.readers]\ngone = ocr2_broken:gone\n"
    ),
}


def test_what_a_format_does_wrong_costs_its_file_and_a_broken_reader_is_named(run, tmp_path):
    for name, text in BROKEN.items():
        (path := tmp_path / "broken" / name).parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = run(
        "convert", "scan.pdf", "--model", "text-layer", "--format", "boom", "-o", "out", path=tmp_path / "broken"
    )
    assert done.returncode == 4
    assert "document.boom could not be made: KeyError: 'no such thing'" in done.stderr
    assert not (tmp_path / "out/scan/document.boom").exists()
    done = run("convert", "scan.pdf", "--model", "gone", path=tmp_path / "broken")
    assert done.returncode == 5
    assert "the reader gone (ocr2_broken:gone) cannot be loaded" in done.stderr
    done = run("convert", "scan.pdf", "--format", "../up", path=tmp_path / "broken")
    assert done.returncode == 2, "a format's name is part of a file's name"

"""What our three packages export: it is all there, imported only when it is asked for, and its examples run."""

from __future__ import annotations

import doctest
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from waiting import LONG

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers", "tokenizers", "huggingface_hub", "pymupdf", "PIL", "numpy", "mdit_py_plugins", "nh3")


def run(program, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=LONG
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["ocr2cli.api", "pipeline", "output"])
def test_examples_in_docstrings_say_what_happens(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    found = doctest.testmod(import_module(name))
    assert (found.failed, found.attempted > 2) == (0, True)


@pytest.mark.parametrize("name", ["ocr2cli", "pipeline", "output"])
def test_what_is_exported_is_there(name):
    module = import_module(name)
    assert dir(module) == sorted(module._FACE)
    assert all(getattr(module, each).__module__.startswith(name) for each in module._FACE)
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nothing'"):
        module.nothing  # noqa: B018


@pytest.mark.parametrize(
    "program",
    ["import ocr2cli, pipeline, output", "import sys\nsys.argv[1:] = ['--help']\nfrom ocr2cli.start import main"],
)
def test_nothing_heavy_is_imported_before_it_is_needed(program):
    """`ocr2 --help` answers at once."""
    if "main" in program:
        program += "\ntry:\n    main()\nexcept SystemExit:\n    pass"
    said = run(f"{program}\nimport sys; print('heavy:', [name for name in {HEAVY} if name in sys.modules])")
    assert said.splitlines()[-1] == "heavy: []"


TYPED = """
from pipeline import Finish
from ocr2cli import Progress, Result, convert, convert_many

def show(progress: Progress) -> None:
    assert progress.finish is Finish.STOP

result: Result = convert("a.pdf", model="nano", on_page=show)
reveal_type(result.markdown)
reveal_type([each.pages for each in convert_many([b""], pages="1")])
convert("a.pdf", modle="nano")
"""


def test_programs_are_checked_against_our_types(tmp_path):
    mypy_api = pytest.importorskip("mypy.api")
    (tmp_path / "program.py").write_text(TYPED)
    said, _, code = mypy_api.run(["--strict", "--cache-dir", str(tmp_path / "cache"), str(tmp_path / "program.py")])
    assert 'Revealed type is "str"' in said
    assert "PageBlocks" in said
    assert 'Unexpected keyword argument "modle" for "convert"' in said
    assert (code, said.count("error:")) == (1, 1), said

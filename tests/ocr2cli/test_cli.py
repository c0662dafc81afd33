"""`ocr2` as a process: stdout, stderr and exit code, word for word."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest

from ocr2cli.app import READER_GONE
from ocr2cli.commands.arguments.beside import complete_formats
from ocr2cli.commands.arguments.network import complete_models

ROOT = Path(__file__).parents[2]
TIME = re.compile(r"\d+\.\d s$", re.MULTILINE)
READ = ("--model", "text-layer")


def said(done):
    """stderr without the time a run took."""
    return TIME.sub("0.0 s", done.stderr)


def test_help_imports_nothing_heavy(ocr2):
    script = """
import sys
sys.argv = ["ocr2", "convert", "--help"]
try:
    from ocr2cli.app import main
    main()
except SystemExit as end:
    assert end.code == 0, end.code
heavy = {"torch", "transformers", "pymupdf", "numpy", "PIL", "huggingface_hub"} & set(sys.modules)
assert not heavy, heavy
"""
    import subprocess

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--page-separator" in done.stdout


@pytest.mark.parametrize("command", ["convert", "render", "doctor", "version"])
def test_each_help_has_an_example(ocr2, command):
    done = ocr2(command, "--help")
    assert done.returncode == 0
    assert "Example: " in done.stdout


def test_version(ocr2):
    assert [ocr2("--version").stdout, ocr2("version").stdout] == ["ocr2 0.1.0\n"] * 2


def test_no_command_is_wrong_usage(ocr2):
    assert ocr2().returncode == 2
    assert ocr2("convert").returncode == 2
    assert ocr2("convert", "a.pdf", "--dpi", "9999").returncode == 2


def test_a_document_becomes_files_that_are_listed(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "Hello, page one.", "And page two.")
    done = ocr2("convert", "a.pdf", *READ)
    assert (done.returncode, done.stdout) == (0, "a.md\na/transcript.jsonl\n")
    assert said(done) == "2 pages of 1 input (2 by text-layer); 0.0 s\n"
    assert (ocr2.folder / "a.md").read_text() == "Hello, page one.\n\nAnd page two.\n"
    rows = [json.loads(line) for line in (ocr2.folder / "a/transcript.jsonl").read_text().splitlines()]
    assert [(row["page"], row["finish"], row["reader"]) for row in rows] == [
        (1, "stop", "text-layer"),
        (2, "stop", "text-layer"),
    ]


def test_auto_says_nothing_of_a_network_that_it_does_not_use(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "Hello.")
    done = ocr2("convert", "a.pdf")
    assert (done.returncode, said(done)) == (0, "1 page of 1 input (1 by text-layer); 0.0 s\n")


def test_a_page_with_text_needs_no_network(ocr2, make_pdf):
    """Neither torch nor what reads the model cache is imported: that is what makes a start quick."""
    make_pdf(ocr2.folder / "a.pdf", "Hello.")
    script = """
import sys
sys.argv = ["ocr2", "a.pdf", "-q"]
try:
    from ocr2cli.app import main
    main()
except SystemExit as end:
    assert end.code == 0, end.code
heavy = {"torch", "transformers", "huggingface_hub", "tokenizers"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ocr2.folder,
        env=os.environ | {"HF_HOME": str(ocr2.folder), "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert (ocr2.folder / "a.md").read_text() == "Hello.\n"


def test_results_mirror_folders(ocr2, make_pdf):
    for name in ("in/a.pdf", "in/x/a.pdf", "b.pdf"):
        make_pdf(ocr2.folder / name, f"From {name}.")
    done = ocr2("convert", "b.pdf", "in", "-r", "-o", "out", *READ)
    assert (done.returncode, said(done)) == (0, "3 pages of 3 inputs (3 by text-layer); 0.0 s\n")
    assert done.stdout.splitlines()[::2] == ["out/b.md", "out/a.md", "out/x/a.md"]
    assert (ocr2.folder / "out/x/a.md").read_text() == "From in/x/a.pdf.\n"


def test_quiet_says_only_what_went_wrong(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "One.")
    done = ocr2("convert", "a.pdf", "missing.pdf", "-o", "out", *READ, "-q")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "ocr2: missing.pdf does not exist: check the path\n"
    assert (ocr2.folder / "out/a.md").exists()


def test_pages_from_stdin_to_stdout(ocr2, make_pdf):
    data = make_pdf(ocr2.folder / "a.pdf", "One.", "Two.", "Three.", "Four.").read_bytes()
    done = ocr2("convert", "-", "--pages", "2,4-", "--page-separator", *READ, "-q", stdin=data)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "<!-- page 2 -->\n\nTwo.\n\n<!-- page 4 -->\n\nFour.\n",
        "",
    )
    assert [path.name for path in ocr2.folder.iterdir()] == ["a.pdf"]


def test_several_documents_on_stdout_are_blocks_apart(ocr2, make_pdf):
    for name in "ab":
        make_pdf(ocr2.folder / f"{name}.pdf", f"From {name}.")
    done = ocr2("convert", "b.pdf", "a.pdf", "-o", "-", *READ)
    assert (done.returncode, done.stdout) == (0, "From b.\n\nFrom a.\n")


def test_json_has_one_object_an_input(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "One.", None)
    done = ocr2("convert", "a.pdf", "gone.pdf", "--json", *READ)
    assert done.returncode == 4
    missing, read = (json.loads(line) for line in done.stdout.splitlines())
    assert missing["error"] == "gone.pdf does not exist: check the path"
    assert (read["status"], read["pages"], read["files"]) == ("partly", 2, ["a.md", "a/transcript.jsonl"])
    assert [page["page"] for page in read["failed"]] == [2]


def test_a_page_without_text_is_marked_named_and_counted(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "One.", None, "", "Four.")
    done = ocr2("convert", "a.pdf", *READ)
    why = "the file has no usable text of its own for this page, and no model has read it"
    assert done.returncode == 4
    assert said(done) == (
        f"ocr2: a.pdf: page 2: {why}\n4 pages of 1 input (4 by text-layer); 1 page without full text; 0.0 s\n"
    )
    assert (ocr2.folder / "a.md").read_text() == f"One.\n\n> **Page 2 could not be read:** {why}\n\nFour.\n"


def test_one_unreadable_input_is_3(ocr2):
    (ocr2.folder / "a.pdf").write_bytes(b"")
    done = ocr2("convert", "a.pdf", *READ)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[0] == "ocr2: a.pdf is empty: 0 bytes, so copy or download it again"


def test_bad_inputs_get_a_line_each_and_the_others_are_converted(ocr2, make_pdf):
    lock = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": "sesame", "owner_pw": "o"}
    make_pdf(ocr2.folder / "locked.pdf", "Secret.", **lock)
    whole = make_pdf(ocr2.folder / "whole.pdf", *["Some text on a page."] * 20).read_bytes()
    (ocr2.folder / "cut.pdf").write_bytes(whole[:400])
    (ocr2.folder / "empty.pdf").write_bytes(b"")
    (ocr2.folder / "page.pdf").write_bytes(b"<html><body>Not a PDF</body></html>")
    with pymupdf.open() as document:
        document.new_page(width=14400, height=14400).insert_text((72, 500), "Far and wide.", fontsize=400)
        document.save(ocr2.folder / "huge.pdf")
    names = ["locked.pdf", "cut.pdf", "empty.pdf", "page.pdf", "gone.pdf", "huge.pdf", "whole.pdf"]
    done = ocr2("convert", *names, *READ)
    assert done.returncode == 4
    assert done.stdout.splitlines()[::2] == ["huge.md", "whole.md"]
    *errors, summary = said(done).splitlines()
    assert sorted(line.split()[1] for line in errors) == sorted(names[:5])
    assert "locked.pdf is encrypted: give its password with --password" in said(done)
    assert summary == "21 pages of 7 inputs (21 by text-layer); 5 inputs not converted; 0.0 s"
    assert ocr2("convert", "locked.pdf", "--password", "no", "--password", "sesame", *READ).returncode == 0
    assert (ocr2.folder / "locked.md").read_text() == "Secret.\n"


def test_pages_that_are_not_there(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "One.")
    done = ocr2("convert", "a.pdf", "--pages", "7", *READ)
    assert done.returncode == 3
    assert done.stderr.splitlines()[0] == "ocr2: a.pdf: --pages 7: there is no page 7, the document has 1 page"
    wrong = ocr2("convert", "a.pdf", "--pages", "x", *READ)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "ocr2: --pages 'x': 'x' is not a page or a range; write for example --pages 1,3-5,9-\n"


def test_no_such_model_is_5(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "One.")
    for name in ("nope", "./nowhere", "owner/repository"):
        done = ocr2("convert", "a.pdf", "--model", name)
        assert (done.returncode, done.stdout) == (5, "")
        assert len(done.stderr.splitlines()) == 1
        assert name in done.stderr


def test_a_place_that_cannot_be_written_is_6(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "One.")
    (ocr2.folder / "file").write_text("in the way")
    done = ocr2("convert", "a.pdf", "-o", "file/out", *READ)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("ocr2: file/out cannot be written: ")


def test_a_file_that_is_not_ours_is_not_replaced(ocr2, make_pdf):
    make_pdf(ocr2.folder / "README.pdf", "One.")
    (ocr2.folder / "README.md").write_text("Mine.")
    done = ocr2("convert", "README.pdf", *READ)
    assert (done.returncode, done.stdout) == (6, "")
    assert (ocr2.folder / "README.md").read_text() == "Mine."
    assert ocr2("convert", "README.pdf", "--force", *READ).returncode == 0
    assert (ocr2.folder / "README.md").read_text() == "One.\n"


@pytest.mark.parametrize("name", ["a.md", "a.txt", "new/a.HTML"])
def test_an_output_that_looks_like_a_file(ocr2, make_pdf, name):
    make_pdf(ocr2.folder / "a.pdf", "One.")
    done = ocr2("convert", "a.pdf", "-o", name, *READ)
    said = f"ocr2: -o {name}: -o names a folder; for one file write -o - > {name}\n"
    assert (done.returncode, done.stderr) == (2, said)
    (ocr2.folder / name).mkdir(parents=True)
    assert ocr2("convert", "a.pdf", "-o", name, *READ).returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ("htps://example.org/a.pdf",),
            3,
            "addresses with htps:// are not read; there are s3://, gs://, az://, http://",
        ),
        (("a.pdf", "-m", "naon"), 5, "there is no model 'naon'; did you mean nano? Else give auto, nano, text-layer,"),
        (("a.pdf", "-m", "deepseek-ocr2"), 5, "did you mean deepseek-ai/DeepSeek-OCR-2? Else give"),
        (("a.pdf", "-m", "gpt-4"), 5, "there is no model 'gpt-4'; give auto"),
        (("eval",), 2, "Missing argument"),
    ],
)
def test_a_strangers_slips(ocr2, make_pdf, words, code, said):
    make_pdf(ocr2.folder / "a.pdf", "One.")
    done = ocr2(*words)
    assert done.returncode == code
    assert said in done.stderr
    assert "internal error" not in done.stderr


MEMORY = "there is not enough memory for this process: end others, or raise the limit (ulimit -v)"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("MemoryError()", MEMORY),
        ("ImportError('libtorch.so: failed to map segment from shared object')", MEMORY),
        ("OSError(24, 'Too many')", "this process may not open enough files: raise the limit (ulimit -n 1024)"),
    ],
)
def test_too_little_of_something_is_no_bug(ocr2, make_pdf, error, said):
    make_pdf(ocr2.folder / "a.pdf", "One.")
    (ocr2.folder / "small").mkdir()
    (ocr2.folder / "small/sitecustomize.py").write_text(
        f"import ocr2cli.inputs.plan\ndef plan(*_):\n    raise {error}\nocr2cli.inputs.plan.plan = plan\n"
    )
    path = f"{ocr2.folder / 'small'}{os.pathsep}{ROOT}"
    done = ocr2("convert", "a.pdf", *READ, PYTHONPATH=path)
    assert (done.returncode, done.stdout, done.stderr) == (5, "", f"ocr2: {said}\n")


def test_a_bug_is_one_line_and_a_traceback_only_with_v(ocr2, make_pdf, monkeypatch):
    make_pdf(ocr2.folder / "a.pdf", "One.")
    (ocr2.folder / "broken").mkdir()
    (ocr2.folder / "broken/sitecustomize.py").write_text(
        "import ocr2cli.inputs.plan\ndef plan(*_):\n    raise KeyError('surprise')\nocr2cli.inputs.plan.plan = plan\n"
    )
    path = f"{ocr2.folder / 'broken'}{os.pathsep}{ROOT}"
    done = ocr2("convert", "a.pdf", *READ, PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ocr2: internal error (KeyError: 'surprise'). This is a bug in ocr2: ")
    assert len(done.stderr.splitlines()) == 1
    for asked, variables in ((("-v",), {}), (("-rv",), {}), ((), {"OCR2_VERBOSE": "1"})):
        told = ocr2("convert", "a.pdf", *READ, *asked, PYTHONPATH=path, **variables)
        assert told.returncode == 1
        assert told.stderr.startswith("Traceback")
    named = ocr2("convert", "a.pdf", *READ, "--password", "-v", PYTHONPATH=path)
    assert not named.stderr.startswith("Traceback"), "it is the password"


def test_a_mistyped_command_needs_no_traceback_and_a_fault_below_has_one(ocr2):
    done = ocr2("-v")
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        ["ocr2: there is nothing to read: name files, folders, 'patterns*', - or @lists"],
    )
    below = ocr2("-v", "@none.txt")
    assert below.stderr.startswith("Traceback")
    assert below.stderr.endswith("ocr2: the list none.txt cannot be read: No such file or directory; check the path\n")


def test_help_into_a_pipe_that_was_closed_ends_as_any_tool_does():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "ocr2cli", "convert", "--help"], stdout=writing, stderr=subprocess.PIPE, check=False,
        cwd=ROOT,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (READER_GONE, b"")


def test_pages_that_were_read_before_are_told(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "One.", "Two.", "Three.")
    words = ("convert", "a.pdf", *READ, "-o", "out")
    assert "before" not in ocr2(*words, "--pages", "2").stderr
    assert said(ocr2(*words)) == "3 pages of 1 input (3 by text-layer); 1 read before; 0.0 s\n"
    assert said(ocr2(*words)) == "3 pages of 1 input (3 by text-layer); all read before; 0.0 s\n"


@pytest.mark.parametrize("names", [("a.pdf",), ("a.pdf", "b.pdf")])
def test_a_full_disk_is_said_once(ocr2, make_pdf, names):
    for name in names:
        make_pdf(ocr2.folder / name, "One.")
    (ocr2.folder / "full").mkdir()
    (ocr2.folder / "full/sitecustomize.py").write_text(
        "import errno, output.writer as w\ndef full(*_):\n"
        "    why = OSError(errno.ENOSPC, 'No space left on device')\n"
        "    raise w._explained(w.Path('o/a.md'), why) from why\n"
        "w.write_parts = full\n"
    )
    done = ocr2(*names, "-o", "o", "-m", "text-layer", PYTHONPATH=f"{ocr2.folder / 'full'}{os.pathsep}{ROOT}")
    cause = "ocr2: cannot write o/a.md: no space left on the device; free some or choose another folder"
    assert (done.returncode, done.stderr.count("no space")) == (6, 1)
    assert done.stderr.splitlines()[-1] == cause
    assert ("ocr2: not converted: a.pdf, b.pdf" in done.stderr.splitlines()) == (len(names) > 1)


def test_libraries_cannot_print_into_the_data(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "One.")
    (ocr2.folder / "loud").mkdir()
    (ocr2.folder / "loud/sitecustomize.py").write_text(
        "import os, pipeline.documents.document as d\nreal = d.Document.__init__\n"
        "def loud(self, source):\n    print('from Python')\n    os.write(1, b'from C\\n')\n    real(self, source)\n"
        "d.Document.__init__ = loud\n"
    )
    done = ocr2("convert", "a.pdf", "-o", "-", *READ, "-q", PYTHONPATH=f"{ocr2.folder / 'loud'}{os.pathsep}{ROOT}")
    assert (done.returncode, done.stdout) == (0, "One.\n")
    assert "from C\n" in done.stderr
    assert "from Python\n" in done.stderr


def test_doctor(ocr2):
    done = ocr2("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    facts = [line.split()[0] for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert facts == [
        "python", "ocr2", "torch", "transformers", "tokenizers", "safetensors", "pymupdf", "pillow", "numpy",
        "numba", "cpu", "cuda", "attention", "nano", "weights", "drafts", "full", "nano", "model",
    ]  # fmt: skip
    assert "auto would take" in done.stdout
    assert "weights       float32; --weights int8 takes half of 16 bits" in done.stdout
    assert ocr2("doctor", "--model", "nope").returncode == 5


@pytest.mark.parametrize(
    "words", [("a.pdf", "-o", "out"), ("-o", "out", "a.pdf"), ("./a.pdf", "-o", "out"), ("*.pdf", "-o", "out")]
)
def test_convert_is_the_default_command(ocr2, make_pdf, words):
    make_pdf(ocr2.folder / "a.pdf", "One.")
    done = ocr2(*words, *READ)
    assert (done.returncode, done.stdout) == (0, "out/a.md\nout/a/transcript.jsonl\n")


def test_stdin_and_a_file_without_a_suffix_are_inputs_too(ocr2, make_pdf):
    data = make_pdf(ocr2.folder / "scan", "One.").read_bytes()
    assert ocr2("-", *READ, stdin=data).stdout == "One.\n"
    assert ocr2("scan", "-o", "-", *READ).stdout == "One.\n"


def test_help_is_a_command_too(ocr2):
    assert "convert" in ocr2("help").stdout
    assert ocr2("help", "convert").stdout == ocr2("convert", "--help").stdout


def test_a_name_that_looks_like_an_option_is_told_how_to_be_written(ocr2, make_pdf):
    make_pdf(ocr2.folder / "-dash.pdf", "Text")
    done = ocr2("-dash.pdf", "-m", "text-layer")
    assert done.returncode == 2
    assert "./-dash.pdf" in done.stderr
    assert "dash" not in ocr2("convert", "-dusk.pdf").stderr
    assert ocr2("./-dash.pdf", "-m", "text-layer").returncode == 0


def test_a_mistyped_command_is_still_told(ocr2):
    done = ocr2("convrt", "a.pdf")
    assert done.returncode == 2
    assert "Did you mean 'convert'?" in done.stderr
    assert ocr2("missing.pdf", *READ).stderr.splitlines()[0] == "ocr2: missing.pdf does not exist: check the path"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(shell):
    done = subprocess.run(
        [sys.executable, "-c", "from ocr2cli.app import main; import sys; sys.argv = ['ocr2']; main()"],
        env=os.environ | {"_OCR2_COMPLETE": f"source_{shell}", "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "_OCR2_COMPLETE" in done.stdout


def test_names_of_formats_and_models_are_completed():
    assert complete_formats("md,h") == ["md,html", "md,hocr"]
    assert complete_formats("") == ["md", "json", "html", "text", "chunks", "pdf", "hocr", "alto", "all"]
    assert complete_models("text") == ["text-layer", "text-layer+nano"]
    assert "deepseek-ai/DeepSeek-OCR-2" in complete_models("d")


def test_json_alone_writes_no_markdown(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "Hello.")
    read = ("convert", "a.pdf", "-o", "out", *READ)
    done = ocr2(*read, "--format", "json")
    assert (done.returncode, done.stdout) == (0, "out/a/blocks.json\nout/a/transcript.jsonl\n")
    assert not (ocr2.folder / "out/a.md").exists()
    assert ocr2(*read, "--format", "json").returncode == 0
    assert ocr2(*read).stdout.splitlines()[0] == "out/a.md"
    assert ocr2(*read, "--format", "json").returncode == 0
    assert (ocr2.folder / "out/a.md").read_text() == "Hello.\n"  # one that is there stays


def test_a_markdown_of_somebody_else_beside_json_is_not_replaced(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "Hello.")
    assert ocr2("convert", "a.pdf", *READ, "--format", "json").returncode == 0
    (ocr2.folder / "a.md").write_text("my notes\n")
    done = ocr2("convert", "a.pdf", *READ)
    assert (done.returncode, (ocr2.folder / "a.md").read_text()) == (6, "my notes\n")


def test_a_record_tells_no_folders_of_this_machine(ocr2, make_pdf, tmp_path):
    path = make_pdf(ocr2.folder / "in/a.pdf", "Hello.")
    assert ocr2("convert", path, "-o", "out", *READ).returncode == 0
    record = ocr2.folder / "out/a/transcript.jsonl"
    row = json.loads(record.read_text())
    assert (row["source"], row["name"]) == ("../../in/a.pdf", "a.pdf")
    for path in (ocr2.folder / "out").rglob("*"):
        assert not path.is_file() or str(tmp_path).encode() not in path.read_bytes(), path
    assert ocr2("render", "out/a", "--preview").returncode == 0  # and yet the document is found
    assert "image-0" in (ocr2.folder / "out/a/preview.html").read_text()
    (ocr2.folder / "elsewhere").mkdir()
    for name in ("in", "out"):
        (ocr2.folder / name).rename(ocr2.folder / "elsewhere" / name)
    (ocr2.folder / "elsewhere/out/a/.place.json").unlink()
    assert ocr2("render", "elsewhere/out/a", "--preview").returncode == 0  # also where both have moved
    assert "image-0" in (ocr2.folder / "elsewhere/out/a/preview.html").read_text()

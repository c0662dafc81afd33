"""Inputs by the list, trees of them, and what is not taken for one."""

import os
from pathlib import Path

import pytest
from PIL import Image

READ = ("-m", "text-layer", "-o", "out")


@pytest.fixture
def tree(ocr2, make_pdf):
    for name in ("a", "deep/b", "deep/deeper/c"):
        make_pdf(ocr2.folder / f"in/{name}.pdf", name)
    return ocr2.folder


def markdown(done):
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line.endswith(".md")]


def test_a_list_in_a_file(ocr2, tree):
    (tree / "files.txt").write_text("in/a.pdf\n\nin/deep/b.pdf\r\n")
    assert markdown(ocr2("convert", "@files.txt", *READ)) == ["out/a.md", "out/b.md"]
    assert markdown(ocr2("convert", "--files-from", "files.txt", "in/deep/deeper", *READ)) == [
        "out/c.md", "out/a.md", "out/b.md",
    ]  # fmt: skip


def test_what_find_prints(ocr2, tree, make_pdf):
    odd = tree / "in" / os.fsdecode(b"odd\xff\nname.pdf")
    make_pdf(tree / "x.pdf", "odd").rename(odd)
    listed = b"\0".join(os.fsencode(path.relative_to(tree)) for path in sorted(tree.glob("in/*.pdf"))) + b"\0"
    done = ocr2("convert", "--files-from", "-", "--null", *READ, "--json", stdin=listed)
    assert done.returncode == 0, done.stderr
    assert (tree / "out" / os.fsdecode(b"odd\xff\nname.md")).read_text() == "odd\n"
    assert (tree / "out/a.md").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--null", "a.pdf"], 2, "--null says how --files-from is written"),
        (["-", "--files-from", "-"], 2, "standard input cannot be both a document (-) and a list"),
        (["@none.txt"], 3, "the list none.txt cannot be read: No such file or directory; check the path"),
        (["--files-from", "-"], 2, "there is nothing to read"),
        ([], 2, "there is nothing to read"),
    ],
)
def test_mistakes(ocr2, arguments, code, said):
    done = ocr2("convert", *arguments, *READ)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"ocr2: {said}")


def test_folders_are_looked_into_by_choice_and_mirrored(ocr2, tree):
    assert markdown(ocr2("convert", "in", *READ)) == ["out/a.md"]
    assert markdown(ocr2("convert", "in", "-r", *READ)) == ["out/a.md", "out/deep/b.md", "out/deep/deeper/c.md"]


def test_output_inside_the_input_is_refused(ocr2, tree):
    done = ocr2("convert", "in", "-r", "-m", "text-layer", "-o", "in/deep/out")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ocr2: -o in/deep/out is inside the input in, so results would become inputs")
    assert not (tree / "in/deep/out").exists()


def test_links_that_leave_the_tree_are_not_followed(ocr2, tree, make_pdf):
    make_pdf(tree / "secret/s.pdf", "secret")
    (tree / "in/link.pdf").symlink_to(tree / "secret/s.pdf")
    (tree / "in/folder").symlink_to(tree / "secret")
    (tree / "in/loop").symlink_to(tree / "in")
    (tree / "in/inner.pdf").symlink_to("deep/b.pdf")
    files = markdown(ocr2("convert", "in", "-r", *READ))
    assert sorted(Path(name).name for name in files) == ["a.md", "b.md", "c.md"]  # inner.pdf is b.pdf


def test_patterns_do_not_leave_their_tree_either(ocr2, tree, make_pdf):
    make_pdf(tree / "secret/s.pdf", "secret")
    (tree / "in/link.pdf").symlink_to(tree / "secret/s.pdf")
    (tree / "in/folder").symlink_to(tree / "secret")
    (tree / "in/loop").symlink_to(tree / "in")
    files = markdown(ocr2("convert", "in/**/*.pdf", *READ))
    assert sorted(files) == ["out/a.md", "out/deep/b.md", "out/deep/deeper/c.md"]
    assert markdown(ocr2("convert", "in/link.pdf", *READ)) == ["out/link.md"]  # named, so meant


def test_pictures_of_results_are_no_inputs_of_a_pattern(ocr2, tree):
    Image.new("RGB", (40, 40), "white").save(tree / "in/x.png")
    (tree / "out/a").mkdir(parents=True)
    (tree / "out/a/transcript.jsonl").touch()
    Image.new("RGB", (40, 40), "white").save(tree / "out/a/p001-1.png")
    assert markdown(ocr2("convert", "**/*.png", *READ)) == ["out/in/x.md"]
    assert markdown(ocr2("convert", "out/a/*.png", *READ)) == ["out/p001-1.md"]


def test_names_that_differ_in_case_or_suffix_only(ocr2, tree, make_pdf):
    for name in ("A.pdf", "sub/a.PDF", "a.pdf.pdf"):
        make_pdf(tree / "in2" / name, name)
    make_pdf(tree / "in2/a.pdf", "a.pdf")
    done = ocr2("convert", "in2", "in/a.pdf", "-r", *READ)
    made = markdown(done)
    assert len({name.casefold() for name in made}) == len(made) == 5

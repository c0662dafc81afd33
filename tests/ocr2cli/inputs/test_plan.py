"""Inputs → jobs: every document once, each with a place of its own."""

import os
from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr2cli.inputs.plan import _Found, distinct_stems, fold, plan


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.pdf", "scans/a.pdf", "scans/b.PNG", "scans/notes.txt", "scans/.hidden.pdf", "scans/deep/c.tif"):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def stems(*inputs, recursive=False):
    return [job.stem.as_posix() for job in plan(inputs, recursive).jobs]


def test_files_and_folders_keep_their_order_and_each_file_comes_once(tree):
    assert stems("scans", "a.pdf", "scans/b.PNG", "./a.pdf") == ["a", "b", "a.pdf"]


def test_a_folder_gives_its_documents_and_not_what_is_below(tree):
    assert stems("scans") == ["a", "b"]


def test_a_folder_is_mirrored_below_the_output(tree):
    assert stems("scans", recursive=True) == ["a", "b", "deep/c"]


def test_results_of_an_earlier_run_are_no_inputs(tree):
    Path("scans/a").mkdir()
    Path("scans/a/transcript.jsonl").touch()
    Path("scans/a/p001-1.png").touch()
    assert stems("scans", recursive=True) == ["a", "b", "deep/c"]


def test_a_pattern_is_mirrored_from_its_fixed_part(tree):
    assert stems("sc*/a.pdf") == ["scans/a"]
    assert stems("scans/**/*.*") == ["a", "b", "deep/c"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gone.pdf", "gone.pdf does not exist: check the path"),
        ("*.djvu", "*.djvu: no PDF or image matches this pattern"),
        ("empty", "empty: no PDF or image in this folder; --recursive looks into its folders too"),
    ],
)
def test_an_input_that_stands_for_nothing_is_refused_and_the_others_stay(tree, text, message):
    Path("empty").mkdir()
    batch = plan([text, "a.pdf"])
    assert [(name, str(error)) for name, error in batch.refused] == [(text, message)]
    assert [job.name for job in batch.jobs] == ["a.pdf"]
    assert batch.inputs == 2


def test_standard_input_has_no_path_and_comes_last(tree):
    batch = plan(["-", "a.pdf", "-"])
    assert [(job.name, job.path, str(job.stem)) for job in batch.jobs] == [
        ("a.pdf", Path("a.pdf"), "a"),
        ("-", None, "stdin"),
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["a.pdf", "a.png"], ["a", "a.png"]),
        (["x/a.pdf", "y/a.pdf", "z/a.pdf"], ["a", "a.pdf", "z/a"]),
        (["a.pdf", "A.PDF"], ["a", "A.PDF"]),
        (["a.pdf", "a.md.pdf"], ["a", "a.md.pdf"]),
        (["a.md.pdf", "a.pdf"], ["a.md", "a.pdf"]),
        (["a.pdf", "b.pdf"], ["a", "b"]),
        (["..pdf", "...pdf", ".pdf"], ["..pdf", "...pdf", ".pdf"]),
    ],
)
def test_names_grow_only_where_they_would_clash(files, expected):
    found = [_Found(Path("/tmp") / name, name, PurePath(Path(name).name)) for name in files]
    assert [stem.as_posix() for stem in distinct_stems(found)] == expected


@given(
    st.lists(st.sampled_from(["a", "A", "b", "a.md", "ä", "a\u0308", "a.pdf", "a-2"]), min_size=1, max_size=8),
    st.data(),
)
def test_no_result_stands_in_the_way_of_another(names, data):
    folders = [data.draw(st.sampled_from(["", "a.md/", "x/"])) for _ in names]
    ends = [data.draw(st.sampled_from([".pdf", ".png", ""])) for _ in names]
    paths = [PurePath(folder + name + end) for folder, name, end in zip(folders, names, ends, strict=True)]
    made = distinct_stems([_Found(Path("/in") / path, str(path), path) for path in paths])
    files = {fold(f"{stem}.md") for stem in made}
    folders_made = {fold(str(folder)) for stem in made for folder in (stem, *stem.parents)}
    assert len(files) == len(names)
    assert not files & folders_made


def test_planning_takes_no_longer_for_each_file_the_more_there_are(monkeypatch):
    """What is claimed so far is asked, never copied: 100,000 inputs would else take minutes before the first page."""
    from ocr2cli.inputs import plan as module

    class Asked(set):
        def _copied(self, *_):
            raise AssertionError("a copy of all that is claimed")

        __or__ = __ror__ = union = copy = _copied

    def claims(self):
        self._files, self._folders = Asked(), Asked()

    monkeypatch.setattr(module._Claims, "__init__", claims)
    found = [_Found(Path(f"/in/{n}.pdf"), f"{n}.pdf", PurePath(f"{n}.pdf")) for n in range(9)]
    assert [stem.name for stem in distinct_stems(found)] == [str(n) for n in range(9)]


def test_a_folder_that_may_not_be_looked_into_costs_nothing_else(tree, monkeypatch):
    """By a stand-in for the system's refusal, as tests may run as root, whom it lets in everywhere."""
    listed = Path.iterdir

    def refusing(path):
        if path.name == "deep":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refusing)
    found = plan(["scans", "a.pdf"], recursive=True)
    assert [job.name for job in found.jobs] == ["scans/a.pdf", "scans/b.PNG", "a.pdf"]
    said = "scans/deep cannot be read: permission denied, check its access rights"
    assert [(name, str(error)) for name, error in found.refused] == [("scans/deep", said)]
    found = plan(["scans/deep", "a.pdf"])
    assert ([job.name for job in found.jobs], [str(error) for _, error in found.refused]) == (["a.pdf"], [said])


def test_a_path_that_may_not_be_asked_for_is_refused_by_itself(tree, monkeypatch):
    def refusing(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_dir", refusing)
    found = plan(["a.pdf"])
    assert [str(error) for _, error in found.refused] == [
        "a.pdf cannot be read: permission denied, check its access rights"
    ]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="links need leave on Windows")
def test_a_link_to_nowhere_is_told_as_one(tree):
    Path("gone.pdf").symlink_to("elsewhere.pdf")
    assert [str(error) for _, error in plan(["gone.pdf"]).refused] == [
        "gone.pdf is a link to elsewhere.pdf, which does not exist: mend the link"
    ]


@pytest.mark.parametrize("scheme", ["s3", "https"])
def test_an_address_of_nothing_is_told_as_one(scheme):
    assert [str(error) for _, error in plan([f"{scheme}://"]).refused] == [
        f"{scheme}:// names no bucket or host: write {scheme}://NAME/…"
    ]

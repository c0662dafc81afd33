"""Parts of a batch for job arrays: each document is of exactly one, whoever asks and however often."""

from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr2cli.inputs.parts import Part, part
from ocr2cli.inputs.plan import Job, Plan, plan
from pipeline.errors import InputError, UserError


def batch(stems):
    return Plan(tuple(Job(Path(f"{stem}.pdf"), stem, PurePath(stem)) for stem in stems), ())


@given(st.sets(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1)), st.integers(1, 20))
def test_every_document_is_of_exactly_one_part(stems, count):
    whole = batch(sorted(stems))
    parts = [Part(index, count).of(whole).jobs for index in range(1, count + 1)]
    assert sorted(job.name for jobs in parts for job in jobs) == sorted(stems)


def test_the_part_of_a_document_does_not_depend_on_the_others_or_on_where_they_are_mounted():
    few, many = batch(["b", "d"]), batch(["a", "b", "c", "d", "e"])
    for index in (1, 2, 3):
        there = {job.name for job in Part(index, 3).of(many).jobs}
        assert {job.name for job in Part(index, 3).of(few).jobs} == there & {"b", "d"}
    elsewhere = Plan((Job(Path("/mnt/b.pdf"), "/mnt/b.pdf", PurePath("b")),), ())
    home = next(index for index in (1, 2, 3) if any(job.name == "b" for job in Part(index, 3).of(few).jobs))
    assert len(Part(home, 3).of(elsewhere).jobs) == 1


def test_parts_of_many_documents_are_about_alike():
    whole = batch([f"scans/{number:05}" for number in range(1600)])
    sizes = [len(Part(index, 16).of(whole).jobs) for index in range(1, 17)]
    assert min(sizes) > 60
    assert max(sizes) < 140


def test_every_part_tells_of_what_is_not_there(tmp_path):
    found = plan([str(tmp_path / "not-mounted")])
    for index in (1, 2):
        ((name, error),) = Part(index, 2).of(found).refused
        assert name.endswith("not-mounted")
        assert isinstance(error, InputError)


def test_standard_input_has_no_parts():
    with pytest.raises(UserError, match="--shard divides documents between jobs, and standard input is one"):
        Part(1, 2).of(plan(["-"]))
    assert len(Part(1, 1).of(plan(["-"])).jobs) == 1


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/2", "", "1/2/3"])
def test_a_part_that_there_is_not_is_refused(text):
    with pytest.raises(UserError, match=r"give a part and the number of parts like 3/16, from 1/16 to 16/16, or auto"):
        part(text)


def slurm(task, first, last, count, step=1):
    names = {"ID": task, "MIN": first, "MAX": last, "COUNT": count, "STEP": step}
    return {f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in names.items()}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (slurm(1, 1, 16, 16), Part(1, 16)),
        (slurm(16, 1, 16, 16), Part(16, 16)),
        (slurm(0, 0, 15, 16), Part(1, 16)),
        (slurm(4, 0, 30, 16, 2), Part(3, 16)),
        (slurm(7, 7, 7, 1), Part(1, 1)),
        ({"JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "8"}, Part(1, 8)),
        ({"JOB_COMPLETION_INDEX": "7", "JOB_COMPLETIONS": "8"}, Part(8, 8)),
    ],
)
def test_a_job_array_says_which_part_a_task_is(environment, expected):
    assert part("auto", environment) == expected


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "this is no task of a Slurm array"),
        (slurm(3, 3, 7, 2), "the tasks of this Slurm array have gaps"),
        (slurm(9, 3, 15, 3, 4), "the tasks of this Slurm array have gaps"),
        ({"SLURM_ARRAY_TASK_ID": "3"}, "Slurm does not say which tasks the array has"),
        ({"JOB_COMPLETION_INDEX": "3"}, "set JOB_COMPLETIONS in the Job"),
        ({"JOB_COMPLETION_INDEX": "8", "JOB_COMPLETIONS": "8"}, "set JOB_COMPLETIONS in the Job"),
    ],
)
def test_what_an_array_does_not_say_is_never_guessed(environment, message):
    with pytest.raises(UserError, match=message):
        part("auto", environment)

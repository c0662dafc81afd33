"""A part of a batch, for job arrays: every document is of exactly one part, and no part need know of the others."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ocr2cli.inputs.plan import Plan, fold
from pipeline.errors import UserError

AUTO = "auto"
COUNT = "JOB_COMPLETIONS"
"""How many completions a Kubernetes Job has: Kubernetes says which one a pod is, but not of how many."""


@dataclass(frozen=True)
class Part:
    """The `index`th of `count` parts, from 1."""

    index: int
    count: int

    def of(self, batch: Plan) -> Plan:
        """The documents of this part. Inputs that stand for no document are told by every part: where a folder is not
        mounted, no part may end as if there had been nothing to do. Raises UserError for standard input.

        Which part a document is of follows from its place below the output alone. So it is the same on every machine,
        and stays the same where other documents come or go while the parts are at work; parts are alike in size only
        as far as chance makes them so.
        """
        if self.count == 1:
            return batch
        if any(job.path is None for job in batch.jobs):
            raise UserError("--shard divides documents between jobs, and standard input is one: name files or folders")
        return replace(batch, jobs=tuple(job for job in batch.jobs if self._has(job.stem.as_posix())))

    def _has(self, stem: str) -> bool:
        digest = hashlib.sha256(fold(stem).encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8]) % self.count == self.index - 1


def part(text: str, environment: Mapping[str, str] = os.environ) -> Part:
    """`3/16`, or `auto` for what a job array of Slurm or an indexed Job of Kubernetes says. Raises UserError."""
    if text.strip().lower() == AUTO:
        return _of_job(environment)
    found = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise UserError(f"--shard {text}: give a part and the number of parts like 3/16, from 1/16 to 16/16, or {AUTO}")
    return Part(int(found[1]), int(found[2]))


def _of_job(environment: Mapping[str, str]) -> Part:
    if "SLURM_ARRAY_TASK_ID" in environment:
        return _slurm(environment)
    if "JOB_COMPLETION_INDEX" in environment:
        return _kubernetes(environment)
    raise UserError(
        "--shard auto: this is no task of a Slurm array (SLURM_ARRAY_TASK_ID) or of an indexed Kubernetes Job "
        "(JOB_COMPLETION_INDEX); give the part, like 3/16"
    )


def _slurm(environment: Mapping[str, str]) -> Part:
    """From `--array=1-16`, `0-15` or `0-30:2`. A list with gaps has no places: which part was meant is not known."""
    names = ("ID", "MIN", "MAX", "COUNT", "STEP")
    given = {name: environment.get(f"SLURM_ARRAY_TASK_{name}", "1" if name == "STEP" else "") for name in names}
    if not all(text.isdecimal() for text in given.values()):
        raise UserError("--shard auto: Slurm does not say which tasks the array has; give the part, like 3/16")
    task, first, last, count, step = (int(given[name]) for name in names)
    place, left = divmod(task - first, max(step, 1))
    if left or not 0 <= place < count or first + (count - 1) * max(step, 1) != last:
        raise UserError(
            "--shard auto: the tasks of this Slurm array have gaps, so that their number is not that of the parts; "
            'give the part, like --shard "$SLURM_ARRAY_TASK_ID/16"'
        )
    return Part(place + 1, count)


def _kubernetes(environment: Mapping[str, str]) -> Part:
    index, count = environment["JOB_COMPLETION_INDEX"], environment.get(COUNT, "")
    if not index.isdecimal() or not count.isdecimal() or int(index) >= int(count):
        raise UserError(f"--shard auto: set {COUNT} in the Job to the number of its completions, or give the part")
    return Part(int(index) + 1, int(count))

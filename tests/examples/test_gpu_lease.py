"""The script for a GPU that is there for ten minutes: what comes is kept, and nothing takes another part's time."""

from __future__ import annotations

import gpu_lease
import pytest

SLOW = """
import subprocess, sys
print("begun", flush=True)
subprocess.run([sys.executable, "-c", "import time; time.sleep(60); print('too late')"])
"""


def part(*programs, limit=30):
    return gpu_lease.Part("", limit, tuple(("-c", program) for program in programs), ())


def test_parts_fit_calls_of_ten_minutes():
    limits = {name: each.limit for name, each in gpu_lease.PARTS.items()}
    assert sum(limit for name, limit in limits.items() if name not in gpu_lease.ALONE) <= 585
    assert max(limits[name] for name in gpu_lease.ALONE) <= 585


@pytest.mark.parametrize(("programs", "went"), [
    (["print('one')", "print('two')"], "done"),
    (["print('one'); raise SystemExit(3)", "print('two')"], "FAILED in part"),
    (["print('one: FAILED ValueError: no')", "print('two')"], "FAILED in part"),
])  # fmt: skip
def test_every_command_runs_and_failures_are_told(tmp_path, capfd, programs, went):
    log = tmp_path / "some.log"
    found = part(*programs)
    assert gpu_lease.run(found.limit, found.commands, log) == went
    said = log.read_text(encoding="utf-8")
    assert said == capfd.readouterr().out
    assert [line[:3] for line in said.splitlines() if not line.startswith("$")] == ["one", "two"]


def test_what_takes_too_long_is_cut_off_with_its_processes_and_keeps_its_lines(tmp_path):
    log = tmp_path / "some.log"
    found = part(SLOW, "print('never')", limit=2)
    assert gpu_lease.run(found.limit, found.commands, log) == "CUT OFF after 2 s"
    assert log.read_text(encoding="utf-8").splitlines()[-1] == "begun"


def test_only_what_was_asked_for_runs_and_the_summary_says_how_it_went(tmp_path, monkeypatch):
    known = {"first": part("print('one')"), "second": part("raise SystemExit(1)"), "third": part("print('three')")}
    monkeypatch.setattr(gpu_lease, "PARTS", known)
    monkeypatch.setattr("sys.argv", ["gpu_lease.py", "second", "first", "--out", str(tmp_path / "out")])
    assert gpu_lease.main() == 1
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["first.log", "second.log", "summary.log"]
    told = (tmp_path / "out" / "summary.log").read_text(encoding="utf-8").splitlines()
    assert [(line.split()[0], line.split("  ")[-1]) for line in told] == [
        ("first", "done"),
        ("second", "FAILED in part"),
    ]

"""What is to be seen on a GPU that is there for ten minutes only: tests first, then figures, each with its own limit.

    python examples/gpu_lease.py --out results               # all but the last two, in this order, at most 9 min 45 s
    python examples/gpu_lease.py drafts                      # only this one, at most 9 min
    python examples/gpu_lease.py --list                      # what they are, and their limits
    python examples/gpu_lease.py --tiny                      # the same commands at tiny sizes, on a CPU

What a part says is shown as it comes, and stands in OUT/PART.log at once, so that nothing is lost where the time is up.
OUT is `--out`, or the environment variable of that name. A part that fails or is cut off ends no other; the exit status
is 1 then.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any, TextIO

ROOT = Path(__file__).resolve().parents[1]
PAPER = "examples/paper.pdf"
TESTS = "tests/pipeline/engine"
PYTEST = ("-m", "pytest", "-n0", "-p", "no:cacheprovider", "-rfEs", "--durations=5")
BENCH = ("-m", "ocr2cli", "bench", PAPER)
SCRIPT = ("examples/bench_engine.py",)


@dataclass(frozen=True)
class Part:
    """Commands for Python, one after the other, `limit` seconds for all of them.

    Those of `tiny` are for a CPU, where {two}, {one} and {unlimited} are the folders of tiny checkpoints.
    """

    about: str
    limit: int
    commands: tuple[tuple[str, ...], ...]
    tiny: tuple[tuple[str, ...], ...]


def _bench(model: str, *options: str) -> tuple[str, ...]:
    return (*BENCH, "--model", model, *options)


def _on_cpu(model: str, *options: str) -> tuple[str, ...]:
    return _bench(model, "--device", "cpu", "--tokens", "3", "--seconds", "1", "--slots", "2", *options)


_CUDA = tuple(f"{TESTS}/{name}" for name in ("test_cuda.py", "test_cuda_family.py", "kernels", "encoding"))
_FULL = ("--slots", "384")
MEMBERS = ("Unlimited-OCR", "DeepSeek-OCR")

# Those of a first call add up to under 585 seconds, and those of `ALONE` have a call of their own. Limits are what the
# parts took on one H200 and a fifth more; the tests came to their end in 173 s there, drafts in 426.
PARTS = {
    "near-ties": Part(
        "every member, CUDA against a CPU; took 44 s, most of it the first use of the device", 60,
        ((*PYTEST, f"{TESTS}/test_near_ties.py"),),
        ((*PYTEST, f"{TESTS}/test_near_ties.py", "-k", "Unlimited-OCR-base"),),
    ),
    "tests": Part(
        "CUDA's own tests, kernels, encoding; 141 took 173 s, most of it Triton's compiler", 180,
        ((*PYTEST, *_CUDA),),
        ((*PYTEST, *_CUDA[:2], f"{TESTS}/encoding/test_staging.py"),),
    ),
    "write": Part(
        "what writing files costs the engine: twice 14 s of pages and their tail; took 85 s", 110,
        (_bench("random", "--write", "--seconds", "14", "--slots", "256", "--tokens", "700"),),
        (_on_cpu("{two}", "--write"),),
    ),
    "int8": Part(
        "8 bits beside 16: steps, kernels, the card of 8 GB; took 54 s as one process", 85,
        ((*SCRIPT, "weights", *_FULL), (*SCRIPT, "card")),
        ((*SCRIPT, "weights", "card", "--tiny"),),
    ),
    "members": Part(
        "encoder, prefill, steps and one page alone of the other two members (46 s each); no slots are filled", 115,
        tuple(_bench(f"random:{name}", "--seconds", "8", *_FULL) for name in MEMBERS),
        (_on_cpu("{unlimited}", "--no-parts"), _on_cpu("{one}", "--no-parts")),
    ),
    "full": Part(
        "pages of the other two members in all slots, as OCR-2's in drafts; took 230 s", 280,
        tuple(_bench(f"random:{name}", "--no-parts", "--seconds", "60", *_FULL) for name in MEMBERS),
        (_on_cpu("{unlimited}", "--no-parts"), _on_cpu("{one}", "--no-parts")),
    ),
    "drafts": Part(
        "the encoder (37 s with its variants), the host's work, steps by guesses (20 s), pages without drafts and "
        "where .9, 0, .95, 1, .8 and .5 of them are right: 60 s each, or less where a step brings more", 540,
        ((*SCRIPT, "encoder", "host", "drafts", "--seconds", "60", *_FULL),),
        ((*SCRIPT, "encoder", "host", "drafts", "--seconds", "1", "--tiny"),),
    ),
}  # fmt: skip
ALONE = ("full", "drafts")
"""Parts for a call of their own."""


def run(limit: float, commands: Sequence[Sequence[str]], log: Path) -> str:
    """Run commands one after the other, whose lines are shown and logged as they come; says how it went."""
    until, failed = time.monotonic() + limit, False
    with log.open("w", encoding="utf-8") as file:
        for command in commands:
            _say(f"$ python {' '.join(command)}", file)
            failed |= _shown(command, until - time.monotonic(), file) != 0
            if time.monotonic() > until:
                return f"CUT OFF after {limit:.0f} s"
    # A measurement that fails ends no other, and not the command with an error.
    return "FAILED in part" if failed or " FAILED " in log.read_text(encoding="utf-8") else "done"


def _shown(command: Sequence[str], limit: float, file: TextIO) -> int:
    """The status of a command, which is killed with all its processes after so many seconds."""
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": paths}
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, text=True, encoding="utf-8", errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    timer = Timer(max(0.0, limit), os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            _say(line.rstrip("\n"), file)
        status = process.wait()
    timer.cancel()
    return status


def _say(line: str, file: TextIO | None = None) -> None:
    for out in (sys.stdout, file):
        print(line, file=out, flush=True) if out else None


def _checkpoints(folder: Path) -> dict[str, str]:
    """Tiny ones of all members, as the tests have them."""
    sys.path.insert(0, str(ROOT))
    from tests.conftest import write_tiny_checkpoint

    made: dict[str, dict[str, Any]] = {"two": {}, "one": {"clip": True}, "unlimited": {"clip": True, "window": 20}}
    return {name: str(write_tiny_checkpoint(folder / name, **options)) for name, options in made.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", "gpu_lease")), help="folder of the logs")
    parser.add_argument("--patience", type=float, default=1.0, help="factor on all limits")
    parser.add_argument("--tiny", action="store_true", help="tiny sizes on the CPU")
    parser.add_argument("--list", action="store_true", help="only say what there is")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    chosen = {name: part for name, part in PARTS.items() if name in (arguments.parts or set(PARTS) - set(ALONE))}
    if arguments.list:
        for name, part in chosen.items():
            _say(f"{name:<10} at most {part.limit:>3} s: {part.about}")
        return 0
    arguments.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="ocr2-lease-") as folder:
        tiny = _checkpoints(Path(folder)) if arguments.tiny else None
        return _all(chosen, arguments.out, arguments.patience, tiny)


def _all(parts: Mapping[str, Part], out: Path, patience: float, tiny: Mapping[str, str] | None) -> int:
    found = []
    for name, part in parts.items():
        _say(f"=== {name}, at most {patience * part.limit:.0f} s: {part.about}")
        commands = part.commands if tiny is None else [[each.format(**tiny) for each in one] for one in part.tiny]
        began = time.monotonic()
        went = run(patience * part.limit, commands, out / f"{name}.log")
        found.append((name, time.monotonic() - began, went))
        _say(f"=== {name}: {went}, {found[-1][1]:.0f} s")
    with (out / "summary.log").open("w", encoding="utf-8") as file:
        for name, seconds, went in found:
            _say(f"{name:<10} {seconds:6.1f} s  {went}", file)
    return int(any(went != "done" for *_, went in found))


if __name__ == "__main__":
    raise SystemExit(main())

"""What `ocr2 bench` does not tell of the engine: agreement at the released shapes, and what its kernels compete with.

    python examples/bench_engine.py                          # everything: some three minutes on an H100, random weights
    python examples/bench_engine.py agreement encoder        # only these
    python examples/bench_engine.py attention encoder whole --kv-cache int8 --seconds 100
    python examples/bench_engine.py --tiny                   # the same code at tiny sizes, on a CPU

Parts: agreement (logits against float32 and the native class, with each cache), attention and encoder (kernels by their
shapes; the best ones are used by the parts behind), host (the work of its thread for a page, but for launching), beside
(steps and an encoding at the same time), whole (pages from files to text, as `ocr2 bench` has them, with the best
kernels), drafts (steps and pages by how good guesses are), memory (its limits), profiles, weights (8 bits beside 16:
steps, kernels), card (8 bits within 8 GB; last, as it replaces the network, and best run alone). Each measurement
stands alone: one that fails says so, and the next one runs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_parts import together, variants
from bench_parts.agreement import Agreement
from bench_parts.card import card
from bench_parts.common import Bench, attempt, say
from bench_parts.drafts import drafts
from bench_parts.host import host
from bench_parts.weights import weights
from bench_parts.whole import whole

PARTS = (
    "agreement", "attention", "encoder", "host", "beside", "whole", "drafts", "memory", "profiles", "weights", "card"
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--tiny", action="store_true", help="tiny sizes on the CPU")
    parser.add_argument("--slots", type=int, help="else as many as there is memory for")
    parser.add_argument("--kv-cache", choices=("auto", "bf16", "int8"), default="auto")
    parser.add_argument("--weights", choices=("auto", "int8"), default="auto", help="of the packed network")
    parser.add_argument("--gpu-memory", type=float, default=0.9)
    parser.add_argument("--seconds", type=float, default=60, help="how long pages are supplied to the part whole")
    parser.add_argument("--no-parts", action="store_true", help="pages only in the part whole")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    bench = Bench(arguments.tiny, arguments.slots, arguments.kv_cache, arguments.gpu_memory, arguments.weights)
    measures = {
        "agreement": lambda: Agreement(bench).measure(),
        "attention": lambda: variants.step_attention(bench),
        "encoder": lambda: variants.encoder(bench),
        "host": lambda: host(bench),
        "beside": lambda: together.beside(bench),
        "whole": lambda: whole(bench, arguments.seconds, not arguments.no_parts),
        "drafts": lambda: drafts(bench, arguments.seconds),
        "memory": lambda: together.memory(bench),
        "profiles": lambda: together.profiles(bench),
        "weights": lambda: weights(bench),
        "card": lambda: card(bench),
    }
    for part in [part for part in PARTS if part in (arguments.parts or PARTS)]:
        say(f"--- {part}")
        attempt(part, measures[part])
    say("done")


if __name__ == "__main__":
    main()

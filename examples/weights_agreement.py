"""What number formats of weights do to a trained checkpoint: told its own transcript, the likeliest tokens.

    python examples/weights_agreement.py                         # nano, 12 drawn pages: int8 and bf16 beside float32
    python examples/weights_agreement.py --model nano scans/*.pdf

A page is read in float32, and its text told to each network token by token. `head in 32 bits` keeps the vocabulary out
of the 8 bits.
"""

from __future__ import annotations

import argparse
import copy
from pathlib import Path

import torch
from batch_agreement import drawn_pages
from torch import Tensor

from pipeline.documents.document import DocumentCache, page_count
from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.engine.load import load_checkpoint, load_engine
from pipeline.engine.packing.pack import pack
from pipeline.model.family.deepseek_ocr2 import PROMPTS
from pipeline.model.formats.int8 import to_int8
from pipeline.model.network import Network
from pipeline.reader_options import ReaderOptions
from pipeline.transcript import PageRef, Source
from pipeline.views.ready_page import BrokenPage, make_ready
from pipeline.views.rules import OCR2_VIEWS


def formats(network: Network) -> dict[str, Network]:
    """By name; the first is what the others are compared with."""
    sixteen = copy.deepcopy(network).bfloat16()
    without_head = to_int8(copy.deepcopy(network))
    without_head.lm_head = network.lm_head
    networks = {
        "float32": network,
        "int8 in float32": to_int8(copy.deepcopy(network)),
        "the same, head in 32 bits": without_head,
        "bf16": sixteen,
        "int8 in bf16": to_int8(copy.deepcopy(sixteen)),
    }
    return {name: pack(each) for name, each in networks.items()}


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="*", type=Path)
    parser.add_argument("--model", default="nano")
    parser.add_argument("--pages", type=int, default=12, help="that are drawn, where no documents are given")
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.model, torch.device("cpu"))
    networks = formats(checkpoint.network)
    reader = load_engine(options.model, ReaderOptions(device="cpu", upright=False, max_tokens=2500))
    counts = {name: [0, 0, 0.0, 0.0] for name in networks}  # the same tokens, all, squares of differences, of logits
    with drawn_pages(0 if options.documents else options.pages) as pages, DocumentCache() as documents:
        for path in options.documents:
            pages += [PageRef(Source(path, path.name), number + 1) for number in range(page_count(Source(path)))]
        for read in reader.transcribe(pages):
            answer = [*checkpoint.tokenizer.encode(read.text), checkpoint.network.config.eos_token_id]
            ready = make_ready(documents, read.ref, 144)
            assert not isinstance(ready, BrokenPage)
            grid = ready.views.columns, ready.views.rows
            ids = checkpoint.network.config.bos_token_id, checkpoint.network.config.image_token_id
            seen = OCR2_VIEWS.tokens(*grid)
            prompt = prompt_ids(PROMPTS["markdown"], checkpoint.tokenizer.encode, *ids, seen)
            views = torch.from_numpy(ready.views.global_view)[None], torch.from_numpy(ready.views.local_views)
            told = torch.tensor([[*prompt, *answer]])
            logits = [each(told, *views, [grid])[0, len(prompt) - 1 : -1].float() for each in networks.values()]
            for name, ours in zip(networks, logits, strict=True):
                count(counts[name], ours, logits[0])
            same = [int((ours.argmax(-1) == logits[0].argmax(-1)).sum()) for ours in logits]
            print(f"page {read.ref.number}: {len(answer)} tokens, the same: {same}", flush=True)
    for name, (same, all_, apart, size) in counts.items():
        print(f"{name}: {same} of {all_} ({same / all_:.2%}), logits {(apart / size) ** 0.5:.2e} apart")


def count(sums: list[float], ours: Tensor, truth: Tensor) -> None:
    for number, more in enumerate((
        (ours.argmax(-1) == truth.argmax(-1)).sum(), len(ours), (ours - truth).square().sum(), truth.square().sum()
    )):  # fmt: skip
        sums[number] += float(more) if number > 1 else int(more)


if __name__ == "__main__":
    main()

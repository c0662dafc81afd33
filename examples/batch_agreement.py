"""Transcripts of pages that are read alone and many at once: which differ, and how near a tie the first difference is.

    python examples/batch_agreement.py                           # 64 drawn pages by nano, 1 and 64 slots
    python examples/batch_agreement.py --model nano scans/*.pdf

A batch changes the order of sums, so two tokens of nearly equal probability may change places, and a page goes on
otherwise from there. What each was worth is asked of the plain network in float32, told what was written before.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from pipeline.documents.document import DocumentCache, page_count
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.engine.dialogue.handover import Answer
from pipeline.engine.dialogue.readings import Reading
from pipeline.engine.engine import Checkpoint, Engine
from pipeline.engine.load import load_checkpoint, pick_device
from pipeline.engine.packing.pack import pack
from pipeline.model.family.deepseek_ocr2 import PROMPTS
from pipeline.transcript import PageRef, Source, Transcript
from pipeline.views.ready_page import BrokenPage, make_ready
from pipeline.views.rules import OCR2_VIEWS

WORDS = """
the of and a to in is was that for it as with his on be at by had not from are which but have an they were one all
their there her been has when who will more no if out so said what up its about into than them can only other new
some could time these two may then do first any my now such like our over man me even most made after also did many
before must through years where much your way well down should because each just those people how too little state
good very make world still own see men work long get here between both life being under never day same
"""


@dataclass(frozen=True)
class Parting:
    """Where two readings of a page part: after how many tokens, and both tokens with what they were worth."""

    page: PageRef
    after: int
    tokens: tuple[str, str]
    worth: tuple[float, float]  # probabilities

    @property
    def gap(self) -> float:
        """0 for a tie."""
        return abs(self.worth[0] - self.worth[1])


class Recording(Engine):
    """Keeps the tokens of what it reads."""

    written: dict[PageRef, list[int]]

    def _transcript(self, reading: Reading, answer: Answer) -> Transcript:
        self.written[reading.ref] = list(answer.tokens)
        return super()._transcript(reading, answer)


def compare(model: str, device: str, pages: list[PageRef], slots: tuple[int, int]) -> list[Parting]:
    """The pages that differ between two numbers of slots."""
    readings = [_read(model, device, pages, count) for count in slots]
    checkpoint = load_checkpoint(model, pick_device(device))
    checkpoint.network.float()
    partings = []
    with DocumentCache() as documents:
        for page in pages:
            first, second = (reading.get(page, []) for reading in readings)
            if first != second:
                partings.append(_parting(checkpoint, documents, page, first, second))
    return partings


def _read(model: str, device: str, pages: list[PageRef], slots: int) -> dict[PageRef, list[int]]:
    checkpoint = load_checkpoint(model, pick_device(device))
    pack(checkpoint.network)
    engine = Recording(checkpoint, PROMPTS["markdown"], DecodingOptions(max_tokens=2500, stop_loops=False), slots)
    engine.written = {}
    for _ in engine.transcribe(iter(pages)):
        pass
    return engine.written


@torch.inference_mode()
def _parting(
    checkpoint: Checkpoint, documents: DocumentCache, page: PageRef, first: list[int], second: list[int]
) -> Parting:
    network, encode, decode = checkpoint.network, checkpoint.tokenizer.encode, checkpoint.tokenizer.decode
    config = network.config
    ended = [*first, config.eos_token_id], [*second, config.eos_token_id]
    after, both = next((n, pair) for n, pair in enumerate(zip(*ended, strict=False)) if pair[0] != pair[1])
    ready = make_ready(documents, page, 144)
    assert not isinstance(ready, BrokenPage)
    tiles = ready.views.columns * ready.views.rows
    prompt = prompt_ids(
        PROMPTS["markdown"], encode, config.bos_token_id, config.image_token_id, OCR2_VIEWS.tokens(tiles, 1)
    )
    device = network.lm_head.weight.device
    ids = torch.tensor([[*prompt, *first[:after]]], device=device)
    whole = torch.from_numpy(ready.views.global_view)[None].to(device)
    local = torch.from_numpy(ready.views.local_views).to(device)
    worth = network(ids, whole, local, [(tiles, 1)])[0, -1].float().softmax(-1)
    return Parting(page, after, (decode([both[0]]), decode([both[1]])), (float(worth[both[0]]), float(worth[both[1]])))


@contextmanager
def drawn_pages(count: int, seed: int = 0) -> Iterator[list[PageRef]]:
    """Pages of common words in type of 8 to 16 points, a tenth to a whole A4 page."""
    import pymupdf

    random = np.random.default_rng(seed)
    with TemporaryDirectory(prefix="ocr2-pages-") as folder:
        path = Path(folder) / "pages.pdf"
        with pymupdf.open() as document:
            for _ in range(count):
                height, size = float(random.uniform(90, 842)), float(random.uniform(8, 16))
                page = document.new_page(width=595, height=height)
                text = " ".join(random.choice(WORDS.split(), int(100 * (height - 60) / size**2) + 4))
                page.insert_textbox((60, 30, 535, height - 20), text[:1].upper() + text[1:], fontsize=size)
                if not page.get_text().strip():  # a text box that is too small stays empty
                    page.insert_text((60, 40), text[:40], fontsize=size)
            document.save(path)
        yield [PageRef(Source(path, path.name), number) for number in range(1, count + 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="*", type=Path)
    parser.add_argument("--model", default="nano")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--pages", type=int, default=64, help="that are drawn, where no documents are given")
    parser.add_argument("--slots", type=int, default=64)
    options = parser.parse_args()
    with drawn_pages(0 if options.documents else options.pages) as pages:
        for path in options.documents:
            source = Source(path, path.name)
            pages += [PageRef(source, number + 1) for number in range(page_count(source))]
        partings = compare(options.model, options.device, pages, (1, options.slots))
    print(f"{len(pages) - len(partings)} of {len(pages)} pages are the same with 1 slot and with {options.slots}")
    for parting in sorted(partings, key=lambda parting: -parting.gap):
        where = f"{parting.page.source.name} {parting.page.number}, after {parting.after} tokens"
        print(where + ":", ", ".join(f"{a!r} {p:.4f}" for a, p in zip(parting.tokens, parting.worth, strict=True)))


if __name__ == "__main__":
    main()

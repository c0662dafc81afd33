"""Whether two answers of a page part at a near tie: the only place where rounding alone may part them."""

from __future__ import annotations

from dataclasses import replace

import torch

from pipeline.documents.document import Document
from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.engine.dialogue.handover import Answer
from pipeline.engine.dialogue.readings import Reading
from pipeline.engine.engine import Checkpoint, Engine
from pipeline.engine.packing.pack import pack
from pipeline.engine.settings import manner_of
from pipeline.model.decoder import CAUSAL, WindowContext
from pipeline.model.family.member import NgramRule
from pipeline.reader_options import Mode, ReaderOptions
from pipeline.transcript import PageRef, Transcript
from pipeline.views import crops

BAN = NgramRule(3, 12)


class Noted(Engine):
    """Keeps the tokens of each page's answer."""

    answers: dict[PageRef, list[int]]

    def _transcript(self, reading: Reading, answer: Answer) -> Transcript:
        self.answers[reading.ref] = answer.tokens
        return super()._transcript(reading, answer)


def answers(
    checkpoint: Checkpoint, pages: list[PageRef], slots: int, mode: Mode | None, tokens: int, guess: bool = False
) -> dict[PageRef, list[int]]:
    """Of a checkpoint that is not packed yet; every answer has so many tokens."""
    network = pack(checkpoint.network)
    network.config = replace(network.config, eos_token_id=-1)
    manner = manner_of(network.config, ReaderOptions(max_tokens=tokens, mode=mode))
    decoding = replace(manner.decoding, ngram=BAN, image_ngram=None, stop_loops=False)
    engine = Noted(
        replace(checkpoint, network=network), manner.prompt, decoding, slots, views=manner.views, guess=guess
    )
    engine.answers = {}
    for _ in engine.transcribe(pages):
        pass
    return engine.answers


@torch.inference_mode()
def margin(checkpoint: Checkpoint, ref: PageRef, mode: Mode | None, answer: list[int], other: list[int]) -> float:
    """How much likelier the answer's first token is that the other answer has not, in deviations of the logits.

    Zero where they are equal. `checkpoint` is a plain network, told the tokens before, all at once.
    """
    parts = next((n for n, pair in enumerate(zip(answer, other, strict=True)) if pair[0] != pair[1]), None)
    if parts is None:
        return 0.0
    network, config = checkpoint.network, checkpoint.network.config
    manner = manner_of(config, ReaderOptions(mode=mode))
    with Document(ref.source) as document:
        views = crops.views(document.page(1, manner.decoding.dpi).pixels, rules=manner.views)
    image, bos = manner.views.tokens(views.columns, views.rows), config.bos_token_id
    ids = prompt_ids(manner.prompt, checkpoint.tokenizer.encode, bos, config.image_token_id, image)
    whole, tiles = torch.tensor(views.global_view)[None], torch.tensor(views.local_views)
    (seen,) = network.encode_pages(whole, tiles, [(views.columns, views.rows)])
    # Apart: an answer of noise may have the token that stands for pictures.
    before = torch.tensor([answer[:parts]], dtype=torch.long)
    embedded = [network.embed(torch.tensor([ids]), seen), network.embed(before)]
    places = torch.arange(len(ids) + parts)[None]
    context = CAUSAL if config.decoder.window is None else WindowContext(len(ids), config.decoder.window)
    logits = network.lm_head(network.decode(torch.cat(embedded, 1), places, context)[0, -1])
    spread = logits.std()
    return float((logits[answer[parts]] - logits[other[parts]]) / spread)

"""Golden pages read on each device, and what came of it: text against what is published, parts against transformers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from pipeline.documents.document import DocumentCache
from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.engine.engine import Checkpoint, Engine
from pipeline.engine.golden.cases import Golden, cases_of
from pipeline.engine.golden.files import DRAWN, drawn_page, file_of
from pipeline.engine.golden.layers import allowed, gaps
from pipeline.engine.golden.verdicts import error_rate, wrong_beginning
from pipeline.engine.load import load_checkpoint, pick_device
from pipeline.engine.packing.pack import pack
from pipeline.engine.runner import SMALL
from pipeline.engine.settings import manner_of
from pipeline.errors import UserError
from pipeline.model.family.known import member_of, views_of
from pipeline.reader_options import AUTO, ReaderOptions
from pipeline.transcript import PageRef, Source, Transcript
from pipeline.views.ready_page import BrokenPage, make_ready


@dataclass(frozen=True)
class Card:
    """A device, and how it would read."""

    device: str
    name: str
    dtype: str
    attention: str


@dataclass(frozen=True)
class Verdict:
    """What came of one check. `good` is None where it could not be made."""

    name: str
    good: bool | None
    said: str
    seconds: float = 0.0


def devices(asked: str) -> tuple[str, ...]:
    """`auto` is all that there are: the CPU, and every accelerator."""
    if asked != AUTO:
        return (asked,)
    mps = ("mps",) if torch.backends.mps.is_available() else ()
    return ("cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count())), *mps)


def check(model: str, device: str, files: Path | None = None) -> Iterator[Card | Verdict]:
    """The card, then a verdict for each golden page of these weights and one for the network's parts.

    Raises ModelError where the model or the device cannot be had.
    """
    picked = pick_device(device)
    checkpoint = load_checkpoint(model, picked)
    parts = _parts(checkpoint)  # first: what is packed cannot be looked into
    pack(checkpoint.network)
    with TemporaryDirectory(prefix="ocr2-golden-") as folder:
        card_told = False
        for case in cases_of(model):
            engine = _engine(checkpoint, case)
            if not card_told:
                card_told = True
                yield _card(device, picked, engine)
            yield _case(engine, case, files, Path(folder), _small(checkpoint) or picked.type != "cpu")
    yield parts


def _small(checkpoint: Checkpoint) -> bool:
    return sum(each.numel() for each in checkpoint.network.parameters()) < SMALL


def _engine(checkpoint: Checkpoint, case: Golden) -> Engine:
    manner = manner_of(checkpoint.network.config, ReaderOptions(task=case.task, max_tokens=case.tokens))
    # What others measured was read without turning pages or cutting off loops.
    decoding = replace(manner.decoding, upright=False, stop_loops=False)
    return Engine(checkpoint, manner.prompt, decoding, 1, views=manner.views)


def _card(device: str, picked: torch.device, engine: Engine) -> Card:
    name = torch.cuda.get_device_name(picked) if picked.type == "cuda" else picked.type
    dtype = str(engine._format.dtype).removeprefix("torch.")
    return Card(device, name, dtype, engine._runner.backend.name)


def _case(engine: Engine, case: Golden, files: Path | None, folder: Path, fast: bool) -> Verdict:
    if case.long and not fast:
        return Verdict(case.name, None, "takes minutes on a CPU: left out")
    try:
        path = file_of(case.image, files) if case.image else drawn_page(folder)
        truth = file_of(case.truth, files).read_text(encoding="utf-8") if case.truth else "\n".join(DRAWN)
    except UserError as error:
        return Verdict(case.name, None, str(error))
    begun = time.monotonic()
    (read,) = engine.transcribe([PageRef(Source(path, path.name), 1)])
    taken = time.monotonic() - begun
    return replace(_judged(read, case, truth), seconds=taken)


def _judged(read: Transcript, case: Golden, truth: str) -> Verdict:
    if read.error:
        return Verdict(case.name, False, read.error)
    if case.begins:
        wrong = wrong_beginning(read.text, case.begins, case.slack)
        return Verdict(case.name, wrong is None, wrong or f"as in {case.source}")
    if not case.source:
        text = " ".join(read.text.split())[:60]
        return Verdict(case.name, None, f"nothing is published of these weights; it begins {text!r}")
    rate = error_rate(read.text, truth)
    wanted = f"{case.error:.3f} ± {case.band:.3f} ({case.source})"
    return Verdict(case.name, abs(rate - case.error) <= case.band, f"character error rate {rate:.3f}, known {wanted}")


def _parts(checkpoint: Checkpoint) -> Verdict:
    """The network beside transformers' class on the drawn page, where both fit into memory."""
    network = checkpoint.network
    config, weight = network.config, network.lm_head.weight
    need = 2 * sum(each.numel() * each.element_size() for each in network.parameters())
    if weight.device.type == "cpu" and need > (free := _free_memory()):
        return Verdict("parts", None, f"needs {need / 1e9:.0f} GB beside what is loaded, {free / 1e9:.0f} are free")
    member, rules = member_of(config), replace(views_of(config), most_tiles=0, dense_tiles=0)
    encode, begun = checkpoint.tokenizer.encode, time.monotonic()
    ids = prompt_ids(member.prompts["markdown"], encode, config.bos_token_id, config.image_token_id, rules.tokens(0, 0))
    try:
        with TemporaryDirectory(prefix="ocr2-golden-") as folder, DocumentCache() as documents:
            page = make_ready(documents, PageRef(Source(drawn_page(Path(folder)), "drawn.png"), 1), 72, False, rules)
            assert not isinstance(page, BrokenPage)
            view = torch.from_numpy(page.views.global_view.copy()).to(weight.device)
        found, most = gaps(network, ids, rules, view), allowed(weight.dtype)
    except UserError as error:
        return Verdict("parts", None, str(error))
    except torch.OutOfMemoryError:
        return Verdict("parts", None, "no memory for transformers' class beside the network")
    worst = max(found, key=lambda gap: gap.share)
    wrong = next((gap for gap in found if not gap.share <= most), None)
    said = (
        f"first apart: {wrong.part}, {wrong.share:.1e} of its largest number"
        if wrong
        else f"{len(found)} as in transformers, at most {worst.share:.1e} of the largest number apart ({worst.part})"
    )
    return Verdict("parts", wrong is None, said, time.monotonic() - begun)


def _free_memory() -> int:
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 0

"""The vision tokenizer in 8-bit integers sees what it sees in float32, but for what rounding takes.

The tests keep oneDNN from instructions that not every machine has (`tests/conftest.py`), and without VNNI its products
of integers overflow. So these run in a process of their own, where the machine has them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from pipeline.engine.packing.vision import PackedVisionTokenizer
from pipeline.model.config import VisionConfig
from pipeline.model.formats.of_cpu import gains_by_integers
from pipeline.model.vision_tokenizer import VisionTokenizer

pytest.importorskip("numba")
from pipeline.engine.integers.embedding import IntegerEmbedding
from pipeline.engine.integers.scratch import Scratch
from pipeline.engine.integers.tokenizer import IntegerTokenizer

with_all_instructions = pytest.mark.skipif(not gains_by_integers(), reason="run by the last test here, or no VNNI")
CONFIG = VisionConfig(
    width=64, layers=3, heads=2, mlp_inner=128, window=4, global_layers=(1,), image_size=256, neck_width=48,
    downsample_widths=(32, 40),
)  # fmt: skip


def tokenizer_of(config: VisionConfig = CONFIG) -> VisionTokenizer:
    torch.manual_seed(3)
    tokenizer = VisionTokenizer(config)
    for name, weight in tokenizer.named_parameters():
        if "norm" not in name:
            weight.data = torch.randn(weight.shape) * (0.5 if weight.dim() == 1 else 1.5 * weight[0].numel() ** -0.5)
    return tokenizer.eval()


def views(count: int, side: int) -> Tensor:
    return torch.randint(0, 256, (count, side, side, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(4))


def off(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


@with_all_instructions
@pytest.mark.parametrize("side", [64, 192, 256])
@pytest.mark.parametrize("heads", [1, 2])
@torch.inference_mode()
def test_tokens_are_those_of_float32_but_for_rounding(side, heads):
    plain = tokenizer_of(replace(CONFIG, heads=heads))
    expected = plain.of_views(views(2, side))
    found = IntegerTokenizer(plain).of_views(views(2, side))
    assert found.shape == expected.shape
    assert 0 < off(found, expected) < 0.03


@with_all_instructions
@torch.inference_mode()
def test_what_has_no_whole_windows_or_is_no_bytes_is_read_as_before():
    plain = PackedVisionTokenizer(tokenizer_of(replace(CONFIG, window=6)))
    integers = IntegerTokenizer(plain)
    assert torch.equal(integers.of_views(views(1, 256)), plain.of_views(views(1, 256)))
    pixels = views(1, 192).float() / 127.5 - 1
    assert torch.equal(integers.of_views(pixels), plain.of_views(pixels))
    assert not torch.equal(integers.of_views(views(1, 192)), plain.of_views(views(1, 192)))


@with_all_instructions
def test_threads_do_not_disturb_each_other():
    integers, page = IntegerTokenizer(tokenizer_of()), views(8, 192)
    alone = [integers.of_views(view[None]) for view in page]
    found: dict[int, list[Tensor]] = {}

    def read(thread: int) -> None:
        found[thread] = [integers.of_views(view[None]) for _ in range(3) for view in page]

    threads = [threading.Thread(target=read, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    for tokens in found.values():
        assert all(torch.equal(a, b) for a, b in zip(tokens, alone * 3, strict=True))


@with_all_instructions
def test_a_view_does_not_depend_on_those_beside_it():
    integers = IntegerTokenizer(tokenizer_of())
    together = integers.of_views(views(3, 192))
    assert torch.equal(together[1:2], integers.of_views(views(3, 192)[1:2]))


@with_all_instructions
def test_bytes_are_taken_as_they_are():
    """Where weights are whole multiples of one number a row, nothing at all is lost but float32's own digits."""
    plain = tokenizer_of()
    weight = plain.patch_embedding.weight.data
    weight.copy_(torch.randint(-127, 128, weight.shape) * 2.0**-9)
    weight[:, 0, 0, 0] = 127 * 2.0**-9
    patches = IntegerEmbedding(plain, Scratch()).patches(views(1, 192)[0].numpy())
    with torch.inference_mode():
        exact = PackedVisionTokenizer(plain)._embed((views(1, 192).float() / 127.5 - 1).permute(0, 3, 1, 2))
    np.testing.assert_allclose(patches, exact.flatten(0, 2).numpy(), atol=2e-4, rtol=1e-5)


def test_in_a_process_with_all_instructions(monkeypatch):
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)
    if not gains_by_integers():
        pytest.skip("this processor has no VNNI")
    if "WITHIN" in os.environ:
        return
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", str(Path(__file__))],
        env=os.environ | {"ONEDNN_MAX_CPU_ISA": "ALL", "WITHIN": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout
    assert "skipped" not in run.stdout, run.stdout

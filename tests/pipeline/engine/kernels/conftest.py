"""Our Triton kernels, on a GPU or by Triton's interpreter."""

from __future__ import annotations

import os

import pytest
import torch

from pipeline.engine.compute import backends


@pytest.fixture
def kernels():
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type != "cuda" and os.environ.get("TRITON_INTERPRET") != "1":
        pytest.skip("needs CUDA, or TRITON_INTERPRET=1")
    if trouble := backends.triton_trouble():
        pytest.skip(f"no Triton: {trouble}")
    return backends.kernels(torch.empty(0, device=device))

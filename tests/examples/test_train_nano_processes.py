"""Several processes that train one network on a CPU, as those of several GPUs do."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from waiting import LONG

ROOT = Path(__file__).parents[2]
SCRIPT = """
import json, os, torch
from torch import nn
from train_nano.optimizer import Part, learn, optimizers
from train_nano.processes import agree, begin_alike, leave, set_up

rank, world, device = set_up()
torch.manual_seed(rank)
small = nn.Sequential(nn.Linear(3, 2))
begin_alike(small, world)
part = Part(list(small.parameters()), [torch.optim.SGD(small.parameters(), lr=1.0)])
learn(small(torch.full((1, 3), float(rank + 1))).sum(), (part,), world)
mean = agree(float(rank), device, world)
leave(world)
weights = [p.tolist() for p in small.parameters()]
open(os.environ["TOLD"] + str(rank), "w").write(json.dumps([world, str(device), mean, weights]))
"""


def test_processes_begin_alike_and_learn_the_mean_of_what_each_saw(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = os.pathsep.join((str(ROOT / "examples"), str(ROOT)))
    alike = os.environ | {
        "PYTHONPATH": path, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
        "CUDA_VISIBLE_DEVICES": "", "TOLD": str(tmp_path / "told"),
    }  # fmt: skip
    both = [
        subprocess.Popen([sys.executable, "-c", SCRIPT], env=alike | {"RANK": str(rank), "LOCAL_RANK": str(rank)})
        for rank in range(2)
    ]
    assert [one.wait(LONG) for one in both] == [0, 0]
    first, second = (json.loads((tmp_path / f"told{rank}").read_text("utf-8")) for rank in range(2))
    assert first == second
    assert first[:3] == [2, "cpu", 0.5]

"""A Ray cluster on this machine: each node has its own processes, and a node that is killed is killed with -9."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STORE = 80_000_000  # bytes: Ray takes no less than 75 MB


class Nodes:
    """The head has no CPU to read with, so that it can be left alone while others die."""

    def __init__(self, workers: int, cpus: int = 1) -> None:
        from ray.cluster_utils import Cluster

        self._cpus = cpus
        paths = [str(ROOT), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        logging.getLogger("ray").setLevel(logging.CRITICAL)
        self.cluster: Any = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False},
        )
        self.workers: list[Any] = []
        for _ in range(workers):
            self.add()

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def add(self, cpus: int = 0) -> None:
        """A node joins; without a number it has as many as the others."""
        self.workers.append(self.cluster.add_node(num_cpus=cpus or self._cpus, object_store_memory=STORE))

    def kill(self, place: int) -> None:
        """A node dies at once."""
        self.cluster.remove_node(self.workers.pop(place), allow_graceful=False)

    def leave(self, place: int) -> None:
        """A node takes its leave: no other driver is told that it died."""
        self.cluster.remove_node(self.workers.pop(place), allow_graceful=True)

    def close(self) -> None:
        self.cluster.shutdown()


@contextmanager
def ray_nodes(workers: int, cpus: int = 1) -> Iterator[Nodes]:
    """Raises ImportError where Ray is not installed."""
    nodes = Nodes(workers, cpus)
    try:
        yield nodes
    finally:
        nodes.close()

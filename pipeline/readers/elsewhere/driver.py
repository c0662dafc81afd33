"""The cluster's driver in a process of its own: where the head dies, Ray ends that process at once and without a word,
and the command is there to say what happened and what to do."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass

from pipeline.cluster.clustered import ClusterTranscriber
from pipeline.cluster.connection import AUTO, is_there
from pipeline.cluster.reader import Opener
from pipeline.cluster.staff import Share
from pipeline.errors import ModelError
from pipeline.sharding.sharded import Patience, ShardedTranscriber
from pipeline.transcriber import Transcriber

# A page may take an hour on a node's CPU, and a node may be waited for as long as it takes.
_PATIENCE = Patience(standstill=math.inf)


@dataclass(frozen=True)
class OpenCluster:
    """Joins the cluster in the driver's process; see `ClusterTranscriber`."""

    address: str
    opener: Opener
    share: Share | None = None
    most: int | None = None

    def __call__(self) -> Transcriber:
        reader = ClusterTranscriber(self.address, self.opener, self.share, self.most)
        if reader.note:
            logging.getLogger("ocr2").warning(reader.note)
        return reader


class Driven(ShardedTranscriber):
    """A Transcriber over one driver, which is not started again. Raises ModelError as `ClusterTranscriber` does, and
    where the driver ends."""

    def __init__(self, cluster: OpenCluster) -> None:
        self._address = cluster.address
        super().__init__([cluster], patience=_PATIENCE)

    def _lost(self, trouble: str) -> None:
        if self._address != AUTO and is_there(self._address):
            raise ModelError(
                f"the process that speaks with the Ray cluster {trouble}; give the same command again, which "
                "goes on from here"
            )
        where = "" if self._address == AUTO else f" at {self._address}"
        raise ModelError(
            f"the Ray cluster{where} has gone; start it again and give the same command, which goes on from here"
        )

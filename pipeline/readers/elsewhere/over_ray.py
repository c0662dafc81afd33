"""Which share of a node a reader gets that a `--ray` asks for."""

from __future__ import annotations

from pipeline.cluster.reader import Opener
from pipeline.cluster.staff import Share
from pipeline.errors import UserError
from pipeline.reader_options import AUTO, ReaderOptions
from pipeline.readers.elsewhere.driver import Driven, OpenCluster


def open_on_ray(options: ReaderOptions, opener: Opener) -> Driven:
    """The cluster's readers. Raises UserError, and ModelError where there is no cluster or none of it can read."""
    if options.gpus is not None:
        raise UserError("--gpus and --ray cannot both be given: on a cluster each GPU has a reader of its own")
    assert options.ray is not None
    return Driven(OpenCluster(options.ray, opener, _share_of(options), options.ray_readers))


def _share_of(options: ReaderOptions) -> Share | None:
    """None: a GPU where the cluster has some."""
    if options.model == "text-layer" or options.device == "cpu" or "://" in options.model:
        return Share(options.ray_cpus)
    return None if options.device == AUTO else Share(options.ray_cpus, 1)

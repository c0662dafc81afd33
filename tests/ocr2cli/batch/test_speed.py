"""What an earlier run took per page, for the estimate of the next one."""

from ocr2cli.batch.speed import remember_network, remembered_network
from pipeline.readers.choice import Choice

NANO = Choice(own_text=True, network="nano")
OTHER = Choice(own_text=False, network="somebody/else")


def test_what_a_network_took_is_kept_by_device(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert remembered_network(OTHER, "cpu") is None
    remember_network(OTHER, "cpu", 4.0)
    remember_network(OTHER, "cuda", None)
    assert (remembered_network(OTHER, "cpu"), remembered_network(OTHER, "cuda")) == (4.0, None)


def test_of_the_bundled_one_its_own_measure_is_known_before_it_has_read(tmp_path, monkeypatch):
    """Only where it reads on a CPU for sure: a GPU takes a hundredth of it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert (remembered_network(NANO, "cpu"), remembered_network(NANO, "cuda")) == (7.3, None)
    remember_network(NANO, "cpu", 2.0)
    assert remembered_network(NANO, "cpu") == 2.0

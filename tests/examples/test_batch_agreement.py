"""The example that compares pages read alone and many at once."""

from __future__ import annotations

from functools import cache

import batch_agreement
import pytest
import torch
from batch_agreement import Parting, compare, drawn_pages


@pytest.fixture(scope="module")
def pages():
    with drawn_pages(12) as drawn:
        yield [page for page in drawn if page.number in (8, 12)]  # the shortest ones


@pytest.fixture(scope="module", autouse=True)
def read():
    """Writes pages' tokens: once for each number of slots, as that takes seconds."""
    asked = cache(batch_agreement._read)

    def once(model, device, pages, slots):
        return asked(model, device, (*pages,), slots)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch_agreement, "_read", once)
        yield once


def test_company_changes_no_page_of_the_bundled_checkpoint(pages):
    assert compare("nano", "cpu", pages, (1, 2)) == []


def test_a_difference_is_told_with_what_both_tokens_were_worth(pages, read, monkeypatch):
    def other(model, device, pages, slots):
        written = dict(read(model, device, pages, slots))
        if slots == 2:
            tokens = written[pages[0]]
            written[pages[0]] = [*tokens[:9], 7, *tokens[10:]]
        return written

    monkeypatch.setattr(batch_agreement, "_read", other)
    (found,) = compare("nano", "cpu", pages, (1, 2))
    assert isinstance(found, Parting)
    assert (found.page, found.after) == (pages[0], 9)
    assert found.worth[0] > 0.3 > found.worth[1]
    assert found.gap == found.worth[0] - found.worth[1]
    assert torch.is_inference_mode_enabled() is False

"""The example that compares pages read alone and many at once."""

from __future__ import annotations

import batch_agreement
import pytest
import torch
from batch_agreement import Parting, compare, drawn_pages


@pytest.fixture(scope="module")
def pages():
    with drawn_pages(12) as drawn:
        yield [page for page in drawn if page.number in (2, 8, 12)]  # short ones


def test_company_changes_no_page_of_the_bundled_checkpoint(pages):
    assert compare("nano", "cpu", pages, (1, 3)) == []


def test_a_difference_is_told_with_what_both_tokens_were_worth(pages, monkeypatch):
    read = batch_agreement._read

    def other(model, device, pages, slots):
        written = read(model, device, pages[:1], slots)
        if slots == 3:
            tokens = written[pages[0]]
            written[pages[0]] = [*tokens[:9], 7, *tokens[10:]]
        return written

    monkeypatch.setattr(batch_agreement, "_read", other)
    (found,) = compare("nano", "cpu", pages, (1, 3))
    assert isinstance(found, Parting)
    assert (found.page, found.after) == (pages[0], 9)
    assert found.worth[0] > 0.3 > found.worth[1]
    assert found.gap == found.worth[0] - found.worth[1]
    assert torch.is_inference_mode_enabled() is False

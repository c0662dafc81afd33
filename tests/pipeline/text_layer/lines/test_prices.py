"""A price at the far side of its row is read with its name, whatever stands below."""

from __future__ import annotations

import pymupdf
import pytest

MENU = [
    ("Soup of the bay", "as the harbour cook has made it for all who come in from the water, with bread of rye"),
    (
        "Plaice in brown butter",
        "with potatoes of the field behind the church, parsley, and half a lemon for each plate",
    ),
    ("Pears of the old mill", "stewed in wine until they are soft, with a spoon of cream and the nuts of last autumn"),
    ("Cheese of three farms", "from the three farms on the other side of the river, with a glass of cider or of milk"),
]


def _write(page: pymupdf.Page, prices: list[str]) -> None:
    for i, ((name, what), price) in enumerate(zip(MENU, prices, strict=False)):
        y = 120 + 40 * i
        page.insert_text((60, y), name, fontsize=11, fontname="hebo")
        page.insert_text((540 - pymupdf.get_text_length(price, fontsize=11), y), price, fontsize=11)
        page.insert_text((60, y + 14), what, fontsize=9)


@pytest.mark.parametrize("prices", [["4.50", "18.00", "7.20", "9.-"], ["£ 4", "£ 18", "£ 7", "£ 12"], ["4,50 £"] * 4])
def test_a_price_stands_with_its_name(page, read, prices):
    _write(page, prices)
    text = "\n".join(block.content for block in read(page))
    assert [name for (name, _), price in zip(MENU, prices, strict=True) if f"{name} {price}" not in text] == []


@pytest.mark.parametrize("prices", [["4.50", "18.00"], ["450", "1800", "720", "900"], ["4.50", "from 18", "7.20", "-"]])
def test_two_and_bare_numbers_are_no_price_list(page, read, prices):
    _write(page, prices)
    text = "\n".join(block.content for block in read(page))
    assert f"{MENU[0][0]} {prices[0]}" not in text

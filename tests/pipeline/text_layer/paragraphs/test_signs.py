"""Stars and dashes at the head of lines: bullets in company, else notes, speech and thoughts."""

from __future__ import annotations

import pymupdf
import pytest

from tests.support.drawn import drawn_page, show

TEXT = "The old mill stood where two rivers met, and each spring the water rose as far as the windows"


def drawn(*lines: str, pitch: float = 13):
    """Two lines of text, and others below it."""
    text = show(f"{TEXT} of the", 50, 700) + show("house in which nobody lived.", 50, 687)
    return drawn_page(text + "".join(show(line, 50, 650 - pitch * i) for i, line in enumerate(lines)))


def below(read, *lines: str, pitch: float = 13) -> list[tuple[str, str]]:
    return [(block.label, block.content) for block in read(drawn(*lines, pitch=pitch))][1:]


@pytest.mark.parametrize("line", ["* Without the ferry.", "– later more of it", "- see the list"])
def test_alone_they_are_no_bullets(read, line):
    assert below(read, line) == [("text", line)]


@pytest.mark.parametrize("sign", "*–-")
@pytest.mark.parametrize("pitch", [13, 24])
def test_in_company_they_are(read, sign, pitch):
    items = ["nets of hemp", "oars of ash", "rope"]
    found = below(read, *(f"{sign} {item}" for item in items), pitch=pitch)
    assert {label for label, _ in found} == {"list"}
    assert "\n".join(content for _, content in found) == "\n".join(f"- {item}" for item in items)


def test_one_within_a_list_is_an_item(read):
    ((_, content),) = below(read, "• nets of hemp", "– old ones", "• oars")
    assert content == "- nets of hemp\n- old ones\n- oars"


@pytest.mark.parametrize(
    "lines",
    [
        ["– Où as-tu laissé la corde ?", "– Près de la porte, comme toujours.", "– Elle n’y est plus !"],
        ["– «Wo ist das Seil?»", "– An der Tür."],
        ["— Where is the rope?", "— By the door."],
    ],
)
def test_speech_is_no_list(read, lines):
    assert "\n".join(content for _, content in below(read, *lines)) == "\n".join(lines)


@pytest.mark.parametrize(
    "lines", [["– Who may fish here?", "– When is it shut?"], ["– Nets are dried.", "– Oars lie."]]
)
def test_sentences_of_one_kind_are_a_list(read, lines):
    assert below(read, *lines) == [("list", "\n".join(line.replace("–", "-") for line in lines))]


@pytest.mark.parametrize(
    ("before", "dash"), [("and the miller's wife", "– who kept"), ("in winter it froze", "- it was so")]
)
def test_a_dash_within_a_sentence_begins_no_item(read, before, dash):
    lines = [f"{TEXT[:66]} {before}", f"{dash} {TEXT[4:76]}", "of the house."]
    assert below(read, *lines) == [("text", " ".join(lines))]


@pytest.mark.parametrize(
    ("end", "start", "joined"),
    [
        ("at https://", "example.org/a", "at https://example.org/a"), ("for and/", "or against", "for and/or against"),
        ("in /var/", "log/weir", "in /var/log/weir"), ("one /", "two", "one / two"), ("yes/", "(no)", "yes/ (no)"),
        ("on pages 406–", "415 of it", "on pages 406–415 of it"), ("is 4 –", "5 more", "is 4 – 5 more"),
    ],
)  # fmt: skip
def test_a_slash_or_a_range_at_the_end_of_a_line(read, end, start, joined):
    lines = [f"{TEXT[:80]} {end}", f"{start} {TEXT[:70]}"]
    assert below(read, *lines) == [("text", f"{TEXT[:80]} {joined} {TEXT[:70]}")]


def test_a_square_alone_is_the_end_of_a_proof(read):
    page = drawn("said.")
    page.insert_font(fontname="dj", fontbuffer=pymupdf.Font("cjk").buffer)
    page.insert_text((500, 160), "\u25a1", fontname="dj", fontsize=10)
    assert ("text", "\u25a1") in [(block.label, block.content) for block in read(page)]

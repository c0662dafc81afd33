"""What is made of two views of one page: MuPDF's of what is drawn, and another one that the test says."""

from dataclasses import replace

import pymupdf
import pytest

from pipeline.documents.pdfium.printed import Letter, Word
from pipeline.ledger.own_page import Kind, OwnWord, read_own_page
from pipeline.ledger.second import with_second_opinion

ADVANCE = 7.2  # points of a letter of Courier in 12 points


@pytest.fixture
def told(monkeypatch):
    """What is told of the other view, words of (letter, x, y), where the page has (x, y, text, rotation)."""

    def compare(ours, theirs, size=12.0, unreadable=False):
        def printed_words(page, is_asked):
            letters = [[Letter(sign, (x, y), (x, y - 8, x + 6, y), False) for sign, x, y in word] for word in theirs]
            return [Word(tuple(word), True) for word in letters if is_asked("".join(letter.text for letter in word))]

        monkeypatch.setattr("pipeline.documents.pdfium.printed.printed_words", printed_words)
        with pymupdf.open() as pdf:
            page = pdf.new_page()
            for x, y, text, rotation in ours:
                page.insert_text((x, y), text, fontname="cour", fontsize=size, rotate=rotation)
            own = read_own_page(page)
            if unreadable:
                bad = OwnWord("\ufffd\ufffd", (300, 300, 320, 312), Kind.UNREADABLE)
                own = replace(own, words=(*own.words, bad))
            return [word.text for word in with_second_opinion(page, own).words if word.kind is Kind.UNREAD]

    return compare


def word(text, x=72.0, y=100.0, advance=ADVANCE):
    return [(sign, x + advance * i, y) for i, sign in enumerate(text)]


def apart(text, size=12.0):
    """Letters four sizes apart, each a line of MuPDF's, and the same letters as one word."""
    return [(74 + 4 * size * i, 102, sign, 0) for i, sign in enumerate(text)], word(text, 74, 102, 4 * size)


def test_a_word_that_is_there_more_often_is_told_as_often(told):
    assert told([(72, 100, "plain words", 0)], [word("plain", y=300), word("plain", y=320)]) == ["plain"]


def test_a_single_sign_is_told_unless_codes_that_cannot_be_read_may_be_it(told):
    ours = [(72, 100, "plain words", 0)]
    assert told(ours, [word("7", y=300), word("19", y=320)]) == ["7", "19"]
    assert told(ours, [word("7", y=300), word("19", y=320)], unreadable=True) == ["19"]


@pytest.mark.parametrize(("theirs", "found"), [("na", []), ("nab", ["nab"])])
def test_a_word_elsewhere_is_told_where_most_of_its_letters_are_more_than_the_page_has(told, theirs, found):
    assert told([(72, 100, "plin no", 0)], [word(theirs, y=300)]) == found


def test_a_word_is_not_told_where_half_of_its_letters_are_in_their_places(told):
    ours = [(72, 100, "ab", 0)]
    assert told(ours, [word("abcd"), word("ab", y=300)]) == []
    assert told(ours, [word("abcde"), word("ab", y=300)]) == ["abcde"]


@pytest.mark.parametrize("size", [1.0, 8.0, 14.0, 40.0])
@pytest.mark.parametrize("way", [(1, 0), (-1, 0), (0, 1), (0, -1), (0.5, 0.5), (-0.5, -0.5)])
def test_letters_are_the_same_as_far_off_as_two_programs_see_them(told, size, way):
    """A point, .3 of the size, four points at most, wherever on the page."""
    reach = min(max(1.0, 0.3 * size), 4.0)
    ours, theirs = apart("LETTERS", size)
    for share, found in ((0.95, ["LETTERS"]), (1.1, [])):
        moved = [(sign, x + share * reach * way[0], y + share * reach * way[1]) for sign, x, y in theirs]
        assert told(ours, [moved], size) == found


def test_letters_in_pieces_that_mupdf_reads_otherwise_are_not_told(told):
    ours, theirs = apart("LETTERS")
    assert told(ours, [theirs]) == ["LETTERS"]
    assert told(ours, [[*theirs[:-1], ("Z", *theirs[-1][1:])]]) == []


@pytest.mark.parametrize(
    ("pieces", "found"),
    [("abcd", []), ("ab cd", []), ("ab|cd", []), ("a|b|cd", ["abcd"]), ("a|b|c", []), ("ab|cd|e", ["abcde"])],
)
def test_a_word_is_told_from_four_letters_on_half_of_which_stand_apart(told, pieces, found):
    """`|`: where MuPDF begins another line. Letters right behind each other are none, a space between them or not."""
    letters = [sign for sign in pieces if sign.isalpha()]
    ours, theirs, x = [], [], 72.0
    for piece in pieces.split("|"):
        ours.append((x, 100, piece, 0))
        theirs += [(sign, x + ADVANCE * i, 100.0) for i, sign in enumerate(piece) if sign != " "]
        x += ADVANCE * len(piece) + 48
    assert [sign for sign, _, _ in theirs] == letters
    assert told(ours, [theirs]) == found


def test_what_mupdf_sees_as_one_letter_stands_in_one_place(told):
    ours, pairs = [(72, 100, "e", 0), (200, 100, "f", 0)], [("e", 72.0, 100.0), ("e", 73.0, 100.0)]
    assert told(ours, [[*pairs, ("f", 200.0, 100.0), ("f", 201.0, 100.0)]]) == []


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ("a|c|bxyz|dxyz", ["abcd"]),  # two of four by themselves, two in words of others
        ("a|bxyz|cxyz|dxyz|e", []),  # two of five
        ("axy|bxy|cxy|dxy", ["abcd"]),  # three letters are a piece of a curve
        ("axyz|bxyz|cxyz|dxyz", []),
    ],
)
def test_of_letters_of_other_words_no_word_is_made(told, columns, found):
    """Words that run upwards from the letters of a word across: at least half of these have to stand in short ones."""
    heads = sorted(column[0] for column in columns.split("|"))
    ours = [(72 + 48 * heads.index(column[0]), 400, column, 90) for column in columns.split("|")]
    assert told(ours, [[(sign, 72.0 + 48 * i, 400.0) for i, sign in enumerate(heads)]]) == found

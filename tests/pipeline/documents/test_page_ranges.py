"""`--pages`: what is accepted, what is meant, and what the messages say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.page_ranges import PageRanges, page_numbers
from pipeline.errors import ExitCode, InputError, UserError


@pytest.mark.parametrize(
    ("spec", "pages"),
    [
        ("1", [1]),
        ("1,3-5,9-", [1, 3, 4, 5, 9, 10]),
        ("-3", [1, 2, 3]),
        ("9-", [9, 10]),
        ("10-", [10]),
        ("3-3", [3]),
        ("5,1,3-4", [1, 3, 4, 5]),
        ("2,2,1-3", [1, 2, 3]),
        (" 1 , 3 - 5 ", [1, 3, 4, 5]),
        ("9-20", [9, 10]),
        ("-999", list(range(1, 11))),
        ("007", [7]),
    ],
)
def test_meaning_in_a_document_of_ten_pages(spec, pages):
    assert page_numbers(spec, 10) == pages


@pytest.mark.parametrize(
    "spec", ["", ",", "1,", "-", "a", "1-2-3", "--3", "1;2", "1.5", "+1", "²", "1 2", "٣", "9" * 10]
)
def test_bad_syntax_shows_an_example(spec):
    with pytest.raises(UserError, match="--pages 1,3-5,9-") as caught:
        PageRanges.parse(spec)
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("spec", ["0", "0-3", "-0", "1,0"])
def test_pages_are_counted_from_one(spec):
    with pytest.raises(UserError, match="counted from 1"):
        PageRanges.parse(spec)


def test_a_backward_range_is_turned_in_the_message():
    with pytest.raises(UserError, match="write 3-5"):
        PageRanges.parse("1,5-3")


@pytest.mark.parametrize("spec", ["12", "1,12", "12-", "12-20"])
def test_a_page_that_is_not_there_names_the_page_count(spec):
    with pytest.raises(InputError, match="no page 12, the document has 10 pages"):
        page_numbers(spec, 10)


def test_one_page_is_not_pages():
    with pytest.raises(InputError, match=r"has 1 page$"):
        page_numbers("2", 1)


SPECS = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 20)).map(lambda t: (t[0], t[0] + t[1])), min_size=1, max_size=6
)


@given(SPECS, st.integers(60, 80))
def test_ranges_are_the_union_of_their_pages(ranges, page_count):
    spec = ",".join(f"{first}-{last}" for first, last in ranges)
    union = {page for first, last in ranges for page in range(first, last + 1) if page <= page_count}
    assert page_numbers(spec, page_count) == sorted(union)


@given(st.text("0123456789,- x", max_size=12), st.integers(1, 50))
def test_any_text_gives_pages_of_the_document_or_a_user_error(spec, page_count):
    try:
        pages = page_numbers(spec, page_count)
    except UserError as error:
        assert "--pages" in str(error) and "\n" not in str(error)
    else:
        assert pages == sorted(set(pages)) and set(pages) <= set(range(1, page_count + 1)) and pages

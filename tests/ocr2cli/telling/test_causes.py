"""What went wrong is told by its cause."""

from ocr2cli.telling.causes import Causes, Fault, faults, ranges


def test_pages_with_one_fault_are_one_line():
    lines = [f"page {number}: its image could not be drawn: it is encrypted" for number in (1, 2, 3, 7)]
    assert [str(fault) for fault in faults([*lines, "page 9: other", "the file ends too early"])] == [
        "pages 1-3, 7: its image could not be drawn: it is encrypted",
        "page 9: other",
        "the file ends too early",
    ]


def test_ranges():
    assert ranges([3, 1, 2, 2, 9, 11, 12]) == "1-3, 9, 11-12"


def test_the_cause_comes_first_and_the_commonest_before_others():
    causes = Causes()
    causes.add("z.pdf", Fault("it ended", (4,)))
    for number in range(7):
        name = f"{number}.pdf"
        causes.add(name, Fault(f"{name} is encrypted: give its password"))
    assert list(causes.lines()) == [
        "is encrypted: give its password: 0.pdf, 1.pdf, 2.pdf, 3.pdf, 4.pdf and 2 more",
        "it ended: z.pdf page 4",
    ]


def test_memory_is_bounded():
    causes = Causes()
    for number in range(1000):
        causes.add("a.pdf", Fault(f"cause {number}"))
    lines = list(causes.lines())
    assert (len(lines), lines[-1]) == (51, "and 950 more of other kinds")

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


def test_each_cause_is_a_sentence_and_the_commonest_comes_first():
    causes = Causes()
    causes.add("z.pdf", Fault("it ended", (4,)))
    causes.add("y.pdf", Fault("y.pdf is HTML: convert it first"))
    for number in range(7):
        name = f"{number}.pdf"
        causes.add(name, Fault(f"{name} is encrypted: give its password"))
    assert list(causes.lines()) == [
        "0.pdf, 1.pdf, 2.pdf, 3.pdf, 4.pdf and 2 more: each is encrypted: give its password",
        "z.pdf page 4: it ended",
        "y.pdf is HTML: convert it first",
    ]


def test_figures_alone_make_no_other_cause():
    """Of a hundred doubtful scans each has a probability of its own."""
    lines = [f"page {number}: not sure (mean 0.{figure})" for number, figure in ((1, 79), (2, 71), (9, 84))]
    (fault,) = faults(lines)
    assert str(fault) == "pages 1-2, 9: not sure (mean 0.71 to 0.84)"
    causes = Causes()
    for number, figure in enumerate(("0.70", "0.70")):
        causes.add(f"{number}.pdf", Fault(f"not sure (mean {figure})", (1,)))
    assert list(causes.lines()) == ["0.pdf page 1, 1.pdf page 1: not sure (mean 0.70)"]
    causes.add("2.pdf", Fault("not sure (mean 0.9)", (3,)))
    assert list(causes.lines()) == ["0.pdf page 1, 1.pdf page 1, 2.pdf page 3: not sure (mean 0.70 to 0.9)"]


def test_versions_and_whole_numbers_are_no_figures():
    lines = ["page 1: wants PDF 1.7.3", "page 2: wants PDF 1.7.4", "it has 3 faults", "it has 4 faults"]
    assert len(faults(lines)) == 4


def test_memory_is_bounded():
    causes = Causes()
    for number in range(1000):
        causes.add("a.pdf", Fault(f"cause {number}"))
    lines = list(causes.lines())
    assert (len(lines), lines[-1]) == (51, "and 950 more of other kinds")

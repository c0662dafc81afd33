"""Documents are looked over while others are read."""

from threading import Event

from waiting import LONG

from ocr2cli.batch.ahead import Counting
from ocr2cli.inputs.plan import plan


def test_pages_and_those_without_letters_are_told_of_each_document(make_pdf, tmp_path):
    make_pdf(tmp_path / "a.pdf", "text", None, "text")
    make_pdf(tmp_path / "b.pdf", None, None)
    (tmp_path / "c.pdf").write_text("not a PDF")
    make_pdf(tmp_path / "d.pdf", "text")
    told, last = {}, Event()

    def hear(name, pages, pictures):
        told[name.rsplit("/", 1)[-1]] = pages, pictures
        if len(told) == 3:
            last.set()

    jobs = plan([str(tmp_path / f"{name}.pdf") for name in "abcd"], recursive=False).jobs
    counting = Counting(jobs, (), "1-2", hear)
    assert last.wait(LONG)
    counting.close()
    assert told == {"a.pdf": (2, 1), "b.pdf": (2, 2), "d.pdf": (1, 0)}

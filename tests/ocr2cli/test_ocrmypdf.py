"""OCRmyPDF with ocr2 as its reader, where it is installed."""

import pymupdf
import pytest

ocrmypdf = pytest.importorskip("ocrmypdf", reason="OCRmyPDF is not installed: pip install '.[ocrmypdf]'")


def test_the_words_are_in_the_pdf(tmp_path, monkeypatch):
    from ocr2cli import ocrmypdf_plugin

    with pymupdf.open() as pdf:
        pdf.new_page(width=300, height=100).insert_text((20, 60), "High water at noon", fontsize=24)
        scan = pymupdf.open()
        scan.new_page(width=300, height=100).insert_image((0, 0, 300, 100), pixmap=pdf[0].get_pixmap(dpi=200))
        scan.save(tmp_path / "scan.pdf")
    monkeypatch.setenv("OCR2_MODEL", "nano")
    made = ocrmypdf.ocr(
        tmp_path / "scan.pdf", tmp_path / "out.pdf", plugins=[ocrmypdf_plugin.__name__], jobs=1, output_type="pdf",
        use_threads=True, progress_bar=False,
    )  # fmt: skip
    assert made == ocrmypdf.ExitCode.ok
    with pymupdf.open(tmp_path / "out.pdf") as written:
        high, *_, noon = words = written[0].get_text("words")
    assert [word[4] for word in words] == ["High", "water", "at", "noon"]
    assert 15 < high[0] < noon[0] < 250

"""The kinds of pages by name, how often each is drawn, and in which size classes."""

from __future__ import annotations

from train_nano import business, documents, prose
from train_nano.maker import Kind

NOT_SMALL = ("strip", "page")
KINDS = {
    "words": Kind(documents.words),
    "lines": Kind(documents.lines),
    "paragraphs": Kind(documents.paragraphs),
    "article": Kind(prose.article, 0.2),
    "paper": Kind(prose.paper, 0.22, NOT_SMALL),
    "book": Kind(prose.book, 0.1),
    "references": Kind(prose.references, 0.03),
    "contents": Kind(prose.contents, 0.02),
    "manual": Kind(prose.manual, 0.05),
    "slides": Kind(prose.slides, 0.04),
    "sidebar": Kind(prose.sidebar, 0.04, NOT_SMALL),
    "code": Kind(prose.code, 0.01),
    "letter": Kind(business.letter, 0.04),
    "invoice": Kind(business.invoice, 0.04),
    "receipt": Kind(business.receipt, 0.02),
    "form": Kind(business.form, 0.03),
    "tables": Kind(business.table_page, 0.09),
    "picture": Kind(business.picture, 0.03),
    "blank": Kind(business.blank, 0.02),
    "flyer": Kind(business.flyer, 0.03),
    "notice": Kind(business.notice, 0.03),
}

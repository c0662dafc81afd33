"""The kinds of pages by name, how often each is drawn, and in which size classes."""

from __future__ import annotations

from train_nano import business, cells, documents, magazine, newsprint, prose, simple, technical
from train_nano.maker import Kind

NOT_SMALL = ("strip", "page")
KINDS = {
    "words": Kind(documents.words, 0.01),
    "lines": Kind(documents.lines, 0.02),
    "paragraphs": Kind(documents.paragraphs, 0.06),
    "article": Kind(prose.article, 0.2),
    "paper": Kind(prose.paper, 0.22, NOT_SMALL),
    "book": Kind(prose.book, 0.1),
    "references": Kind(technical.references, 0.03),
    "contents": Kind(technical.contents, 0.02),
    "manual": Kind(technical.manual, 0.05),
    "slides": Kind(technical.slides, 0.04),
    "sidebar": Kind(technical.sidebar, 0.04, NOT_SMALL),
    "code": Kind(technical.code, 0.01),
    "letter": Kind(business.letter, 0.04),
    "invoice": Kind(business.invoice, 0.04),
    "receipt": Kind(business.receipt, 0.03),
    "form": Kind(simple.form, 0.03),
    "tables": Kind(simple.table_page, 0.12),
    "picture": Kind(simple.picture, 0.03),
    "blank": Kind(simple.blank, 0.02),
    "flyer": Kind(simple.flyer, 0.03),
    "notice": Kind(simple.notice, 0.03),
    # Only by name: the held-out pages stay what they are.
    "magazine": Kind(magazine.magazine, 0.0, NOT_SMALL),
    "ledger": Kind(simple.ledger, 0.0, NOT_SMALL),
    "newsprint": Kind(newsprint.newsprint, 0.0, NOT_SMALL),
    "notices": Kind(newsprint.notices, 0.0, NOT_SMALL),
    "cells": Kind(cells.cells, 0.0, NOT_SMALL),
}

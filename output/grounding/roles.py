"""What a label means for the reader: the model's label set is open, the ways to render a block are few."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """How a block is rendered."""

    TITLE = "title"
    HEADING = "heading"
    TEXT = "text"
    LIST = "list"
    TABLE = "table"
    FIGURE = "figure"
    CAPTION = "caption"
    FORMULA = "formula"
    CODE = "code"
    RUNNING = "running"


_ROLES = {
    Role.TITLE: "title doc_title document_title",
    Role.HEADING: "sub_title subtitle heading section_header section_title section_heading paragraph_title",
    Role.LIST: "list list_item references reference",
    Role.TABLE: "table",
    Role.FIGURE: "image figure picture chart photo diagram seal",
    Role.CAPTION: "figure_title table_title chart_title",
    Role.FORMULA: "formula equation display_formula isolate_formula interline_equation",
    Role.CODE: "code code_block algorithm",
    Role.RUNNING: "header footer page_number number line_number page_header page_footer running_header running_footer",
}
_BY_LABEL = {label: role for role, labels in _ROLES.items() for label in labels.split()}
LABELS = frozenset({*_BY_LABEL, "text", "footnote", "table_caption", "image_caption", "figure_caption", "caption"})
"""Labels that the model is known to write, with common variants."""


def role(label: str) -> Role:
    """The role of a label; a label that nobody knows is text, so nothing is lost."""
    if label.endswith("caption"):
        return Role.CAPTION
    return _BY_LABEL.get(label, Role.TEXT)

"""The objects of a PDF's file (dictionaries, arrays, names, texts), with nothing said of what they should be."""

from __future__ import annotations

from typing import Protocol

from pipeline.documents import mupdf


class Object(Protocol):
    """A value of the file, to be handed back to the functions here."""


def catalogue(document: mupdf.Document) -> Object | None:
    """The object that a PDF's own facts begin with; None for other files."""
    return entry(mupdf.trailer(document), "Root")


def entry(found: Object | None, key: str) -> Object | None:
    """What a dictionary has under a name; None where it has nothing, or where it is no dictionary."""
    if found is None or not key or not mupdf.raw.pdf_is_dict(found):
        return None
    value: Object = mupdf.raw.pdf_dict_gets(found, key)
    return None if mupdf.raw.pdf_is_null(value) else value


def items(found: Object | None, most: int, first: int = 0) -> list[Object]:
    """Up to `most` members of an array, from number `first` on; what is no array is its own only member."""
    if found is None or not is_list(found):
        return [] if found is None or first else [found]
    count = min(mupdf.raw.pdf_array_len(found), first + most)
    return [mupdf.raw.pdf_array_get(found, i) for i in range(first, count)]


def is_list(found: Object | None) -> bool:
    return found is not None and bool(mupdf.raw.pdf_is_array(found))


def is_true(found: Object | None, key: str) -> bool:
    value = entry(found, key)
    return value is not None and bool(mupdf.raw.pdf_to_bool(value))


def name_of(found: Object | None, key: str) -> str:
    """A name in a dictionary, "" where there is none."""
    value = entry(found, key)
    return str(mupdf.raw.pdf_to_name(value)) if value is not None else ""


def text_of(found: Object | None, key: str) -> str:
    """A text in a dictionary, "" where there is none."""
    value = entry(found, key)
    return str(mupdf.raw.pdf_to_text_string(value)) if value is not None else ""


def whole_number(found: Object) -> int:
    return int(mupdf.raw.pdf_to_int(found))


def object_number(found: Object | None) -> int:
    """The number of an object of the file; 0 for what stands within another one."""
    return int(mupdf.raw.pdf_to_num(found)) if found is not None else 0


def holders(root: Object | None, page: mupdf.Page) -> Object | None:
    """The elements of a structure tree that hold a page's marked content, in an array by its numbers."""
    tree = entry(root, "ParentTree")
    number = entry(mupdf.page_object(page), "StructParents")
    if tree is None or number is None:
        return None
    found: Object = mupdf.raw.pdf_lookup_number(tree, whole_number(number))
    return None if mupdf.raw.pdf_is_null(found) else found

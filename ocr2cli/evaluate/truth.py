"""What pages should say: the JSON of OmniDocBench (v1.5), or a folder of Markdown files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.errors import InputError

# Its own scorer leaves these out, or has them on no page of a result: furniture, and what is no text.
_LEFT_OUT = frozenset({"abandon", "header", "footer", "page_number", "figure", "equation_caption", "need_mask"})
_MASKS = ("_mask", "equation_ignore")


@dataclass(frozen=True)
class Page:
    """A page of known text. `prediction` is the name that the scorer looks for; `image` is None without a picture."""

    prediction: str
    markdown: str
    image: str | None = None


def load(path: Path) -> list[Page]:
    """All pages of a JSON file, or of a folder with one Markdown file per document. Raises InputError."""
    if path.is_dir():
        files = sorted(path.glob("*.md"))
        pages = [Page(file.name, file.read_text(encoding="utf-8", errors="replace")) for file in files]
        if not pages:
            raise InputError(f"{path}: no Markdown file in this folder; give it, or the JSON file of OmniDocBench")
        return pages
    try:
        return [_page(sample) for sample in json.loads(path.read_text(encoding="utf-8"))]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is not in the form of OmniDocBench ({type(error).__name__}: {error}); it is a JSON list of pages, "
            "each with `layout_dets` and `page_info`"
        ) from error


def prediction_name(image: str) -> str:
    """The scorer cuts four characters off the image's name, and looks for the whole name last."""
    name = PurePosixPath(image).name
    return f"{name[:-4]}.md" if name[-4:-3] == "." else f"{name}.md"


def _page(sample: Mapping[str, Any]) -> Page:
    image = PurePosixPath(sample["page_info"]["image_path"]).name
    blocks = [block for block in sample["layout_dets"] if _counts(block)]
    blocks.sort(key=lambda block: block["order"])
    texts = _joined(blocks, sample.get("extra", {}).get("relation", ()))
    return Page(prediction_name(image), "\n\n".join(filter(None, texts)) + "\n", image)


def _counts(block: Mapping[str, Any]) -> bool:
    kind = block["category_type"]
    return not (block.get("ignore") or kind in _LEFT_OUT or kind.endswith(_MASKS) or block.get("order") is None)


def _joined(blocks: Iterable[Mapping[str, Any]], relations: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """The blocks' texts in order; the parts of a paragraph that a column or picture cuts come as one."""
    first: dict[Any, Any] = {}
    for relation in relations:
        if relation.get("relation_type", relation.get("relation")) == "truncated":
            source, target = relation["source_anno_id"], relation["target_anno_id"]
            first[target] = first.get(source, source)
    parts: dict[Any, list[str]] = {}
    for block in blocks:
        key = block.get("anno_id", id(block))
        parts.setdefault(first.get(key, key), []).append(_markdown(block))
    return ("".join(texts) for texts in parts.values())


def _markdown(block: Mapping[str, Any]) -> str:
    kind = block["category_type"]
    if kind == "table":
        return str(block.get("html") or block.get("latex") or "")
    if kind == "equation_isolated":
        latex = str(block.get("latex") or "").strip()
        return latex if latex.startswith(("$", r"\[")) or not latex else f"$$\n{latex}\n$$"
    text = str(block.get("text") or "")
    return f"# {text.lstrip('# ')}" if kind == "title" and text else text

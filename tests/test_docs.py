"""The documentation says what is there: options exist, pages are linked, references are made from the code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from ocr2cli.app import app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
COMMAND = re.compile(r"(?:^|[$|&(]\s*|\s-- )ocr2 ([^|&;>#)`]*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s:#]*)(?:#([\w-]+))?\)")


def shown(path: Path) -> list[str]:
    """The commands in a page's code blocks, continued lines joined."""
    blocks = re.findall(r"```(?:console|sh|make)\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    return [found.strip() for block in blocks for found in COMMAND.findall(block.replace("\\\n", " "))]


def test_references_are_made_from_the_code(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    import generate

    for name, text in generate.pages().items():
        assert (DOCS / "reference" / name).read_text(encoding="utf-8") == text, "run python docs/generate.py"


@pytest.mark.parametrize("path", [*PAGES, ROOT / "README.md"], ids=lambda path: path.stem)
def test_every_command_and_option_exists(path):
    group: Any = typer.main.get_command(app)
    for line in shown(path):
        words = line.replace("'", "").replace('"', "").split()
        if not words or words[0].startswith("-"):
            continue
        assert words[0] in group.commands or "." in words[0], line
        command = group.commands.get(words[0], group.commands["convert"])
        command = getattr(command, "commands", {}).get(words[1] if len(words) > 1 else "", command)
        known = {flag for each in command.params for flag in (*each.opts, *each.secondary_opts)} | {"--help", "-h"}
        given = {word.split("=")[0] for word in words[1:] if re.match(r"--?[a-zA-Z]", word)}
        assert given <= known, line


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_link_leads_somewhere(path):
    for target, anchor in LINK.findall(path.read_text(encoding="utf-8")):
        to = path.parent / target if target else path
        assert to.exists(), f"{path.name} → {target}"
        assert not anchor or anchor in anchors(to), f"{path.name} → {target}#{anchor}"


def anchors(path: Path) -> set[str]:
    """Of a page's headings."""
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", head.lower()).strip()) for head in heads}


def test_every_page_is_in_the_navigation():
    named = set(re.findall(r'"([\w/-]+\.md)"', (ROOT / "zensical.toml").read_text(encoding="utf-8")))
    assert named == {str(path.relative_to(DOCS)) for path in PAGES}


def test_the_site_builds(tmp_path):
    builder = shutil.which("zensical", path=str(Path(sys.executable).parent)) or shutil.which("zensical")
    if builder is None:
        pytest.skip("zensical is not installed: pip install -e '.[docs]'")
    for name in ("docs", "zensical.toml"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    done = subprocess.run([builder, "build", "--clean"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    assert (tmp_path / "site/index.html").exists()
    for page in (tmp_path / "site").rglob("index.html"):
        text = re.sub(r"<(code|pre|script)\b.*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        marks = re.findall(r'(?:\?\?\?|!!!|===)\+? (?:"|\w+ ").*', text)
        assert not marks, f"{page.parent.name}: written out, as its extension is not in zensical.toml: {marks}"

"""Pack running text of further languages from Debian packages: `python -m train_nano.prepare_languages FOLDER`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import lxml.html  # type: ignore[import-untyped]

from train_nano.prepare import clean, spread, write
from train_nano.prepare_fonts import unpack
from train_nano.texts import LANGUAGES

BUDGET = 1.3  # MB of raw text a language
GUIDE = ("installation-guide-amd64", "installation-guide-amd64/{}/*.html", "GPL-2")
HELP = ("libreoffice-help-{}", "{}/text/**/*.html", "MPL-2.0")
REFERENCE = ("debian-reference-{}", "debian-reference/*.{}.html", "GPL-2+")
APTITUDE = ("aptitude-doc-{}", "aptitude/html/{}/*.html", "GPL-2+")
SOURCES = {
    "de": (HELP, GUIDE, REFERENCE),
    "fr": (HELP, GUIDE, REFERENCE, APTITUDE),
    "es": (HELP, GUIDE, REFERENCE),
    "it": (HELP, GUIDE, REFERENCE),
    "pt": (HELP, GUIDE, REFERENCE),
    "nl": (HELP, GUIDE, APTITUDE),
    "pl": (HELP,),
    "cs": (HELP, GUIDE, APTITUDE),
}  # packages, what stands where in them, and the licence that their copyright files state
PARAGRAPHS, HEADINGS = ".//p | .//li[not(p)] | .//dd[not(p)]", ".//h1 | .//h2 | .//h3"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--packages", type=Path, default=Path("/tmp/train_nano_packages"), help="cache of the packages")
    options = parser.parse_args()
    for language in LANGUAGES:
        paragraphs, headings = collect(language, options.packages)
        write(options.folder / f"{language}.txt.xz", spread(paragraphs, BUDGET))
        write(options.folder / f"{language}-headings.txt.xz", headings[:4000])
    lines = [line for language in LANGUAGES for line in licences(language)]
    (options.folder / "LICENCES-languages.tsv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def licences(language: str) -> list[str]:
    """File, package and licence of each source of a language, with tabs between them."""
    return [
        "\t".join((f"{language}.txt.xz", package.format(language), licence))
        for package, _, licence in SOURCES[language]
    ]


def collect(language: str, packages: Path) -> tuple[list[str], list[str]]:
    """Paragraphs and headings of a language in the order of their documents, each once."""
    paragraphs: list[str] = []
    headings: list[str] = []
    for package, where, _ in SOURCES[language]:
        unpacked = unpack(package.format(language), packages)
        files = sorted(path for path in unpacked.glob(f"**/{where.format(language)}") if path.is_file())
        for path in files:
            page = lxml.html.parse(str(path), lxml.html.HTMLParser(encoding="utf-8")).getroot()
            paragraphs += _texts(page, PARAGRAPHS)
            headings += [re.sub(r"^[\d.A-Z]+\.\s+", "", text) for text in _texts(page, HEADINGS)]
    return list(dict.fromkeys(clean(paragraphs))), list(dict.fromkeys(h for h in clean(headings, 3) if len(h) < 90))


def _texts(page: lxml.html.HtmlElement, wanted: str) -> Iterator[str]:
    for element in page.xpath(wanted):
        if not element.xpath("ancestor::header | ancestor::aside | ancestor::footer | .//script"):
            yield element.text_content()


if __name__ == "__main__":
    main()

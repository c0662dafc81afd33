"""Where the `ocr2` command starts: before anything else is imported, whether our packages are the ones that will be."""

from __future__ import annotations

import sys

from ocr2cli.neighbours import stranger


def main() -> None:
    """The console script: one line where another file stands for one of our packages, else the command line."""
    if found := stranger():
        print(f"ocr2: {found}", file=sys.stderr)
        sys.exit(2)
    from ocr2cli.app import main as run

    run()

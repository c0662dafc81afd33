"""What some options may be set to: named where a command line can read it without loading anything."""

from __future__ import annotations

from typing import Literal

Task = Literal["markdown", "ocr"]
KvCache = Literal["auto", "bf16", "int8"]

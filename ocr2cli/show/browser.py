"""A page in the user's browser, where there is one."""

from __future__ import annotations

import os
import sys
import webbrowser


def open_page(address: str) -> bool:
    """Show it. False where nothing was opened: on a machine without a screen a browser of the terminal would take that
    over, unless the user names one (BROWSER)."""
    screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")
    )
    if not screen:
        return False
    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False

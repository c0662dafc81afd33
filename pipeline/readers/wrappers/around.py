"""What every Transcriber around another one passes on as it is."""

from __future__ import annotations

from pipeline.transcriber import Life, Transcriber, life


class Around:
    """Base of a Transcriber around another: all of the inner one's but `transcribe`."""

    def __init__(self, inner: Transcriber) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """The inner one's."""
        return self._inner.name

    @property
    def settings(self) -> str:
        """The inner one's; whoever changes the text adds to it."""
        return self._inner.settings

    def life(self) -> Life:
        """The inner one's: a wrapper that kept it to itself would leave a person without a sign of life."""
        return life(self._inner)

    def close(self) -> None:
        """The inner one's."""
        self._inner.close()

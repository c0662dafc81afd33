"""Guesses of what a page will say, several tokens ahead: where they come from, and which of them a step tries."""

__all__ = ["drafter", "guesses", "pace", "search"]

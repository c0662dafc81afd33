"""Pixels → what the network sees: pages set upright, blank ones known, cut into views, made ahead of the reader."""

__all__ = ["ahead", "crops", "ink", "letter_height", "line_pitch", "print_lines", "ready_page", "rules", "upright"]

"""Glyphs → words, lines, blocks and paragraphs in reading order, and the grammar that they are written in."""

__all__ = ["blocks", "geometry", "glyphs", "lines", "order", "paragraphs", "rows", "writer"]

"""Glyphs → words, lines, blocks and paragraphs in reading order, and the grammar that they are written in."""

__all__ = ["blocks", "contents", "geometry", "glyphs", "lines", "meant", "order", "paragraphs", "rows", "writer"]

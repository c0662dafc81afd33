"""Glyphs → words, lines and blocks in reading order, and the grammar that they are written in."""

__all__ = ["blocks", "contents", "geometry", "glyphs", "joining", "lines", "order", "prices", "rows", "writer"]

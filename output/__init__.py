"""Grounded text in, files that a person opens out; needs neither torch nor the source of the text."""

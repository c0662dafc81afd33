"""Pages with drawn tables whose truth is known, and pages that have none though they look alike.

`pages.page(kind, seed, held)` draws one; `python -m drawn_tables` measures table finders on them.
"""

"""`python -m drawn_tables`, from tests/support."""

from drawn_tables.measure import main

main()

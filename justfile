# The everyday commands; `just` lists them.

default:
    @just --list

# Run the tests that a change touches: just test tests/output
test *paths:
    pytest {{ paths }}

# Style and types
lint:
    ruff check .
    ruff format --check .
    mypy

# Put imports and layout in order
format:
    ruff check --fix .
    ruff format .

# Build the documentation into site/
docs:
    zensical build --clean

# Bring uv.lock up to date after pyproject.toml has changed
lock:
    uv lock

# Everything that CI runs
ci:
    .ci/run

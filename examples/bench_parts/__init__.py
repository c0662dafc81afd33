"""The parts of examples/bench_engine.py."""

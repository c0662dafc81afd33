"""What is compiled for a CPU is kept where the user's cache is, and without Numba nothing is."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("numba")


def test_a_numba_that_does_not_load_is_told(tmp_path):
    (tmp_path / "numba.py").write_text("raise ImportError('Numba needs NumPy 2.0 or less')")
    script = "from pipeline.engine.compute.compiler import numba_trouble; print(numba_trouble())"
    env = {"PATH": "", "PYTHONPATH": ":".join([str(tmp_path), *sys.path])}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == "Numba does not load: Numba needs NumPy 2.0 or less"


def test_machine_code_is_kept_for_later_runs(tmp_path):
    """In the user's cache, by what the sources say; Numba's own setting is as it was."""
    script = (
        "import numba, numpy as np; from pipeline.engine.compiled.arithmetic import add;"
        "x = np.ones((1, 4), np.float32); add(x, x);"
        "print(x.sum(), add.stats.cache_hits.total(), repr(numba.config.CACHE_DIR))"
    )

    def run() -> str:
        env = {"XDG_CACHE_HOME": str(tmp_path), "PATH": "", "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)
        return done.stdout

    assert run().split() == ["8.0", "0", "''"]
    assert run().split() == ["8.0", "1", "''"]
    assert list((tmp_path / "ocr2" / "compiled").glob("*/*/*.nbi"))


def test_the_users_own_setting_says_where(tmp_path):
    script = (
        "import numpy as np; from pipeline.engine.compiled.arithmetic import add;"
        "x = np.ones((1, 4), np.float32); add(x, x); print(x.sum())"
    )
    env = {"NUMBA_CACHE_DIR": str(tmp_path), "PATH": "", "PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)
    assert list(tmp_path.glob("*/*/*.nbi"))


def test_without_a_cache_it_compiles_all_the_same(tmp_path):
    (tmp_path / "ocr2").write_text("in the way")
    script = (
        "import numpy as np; from pipeline.engine.compiled.arithmetic import add;"
        "x = np.ones((1, 4), np.float32); add(x, x); print(x.sum())"
    )
    env = {"XDG_CACHE_HOME": str(tmp_path), "PATH": "", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == "8.0"

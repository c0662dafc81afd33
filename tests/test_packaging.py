"""What is installed: nobody else owns our three top-level names, and the wheel holds every file of them."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("ocr2cli", "pipeline", "output", "language")


def test_no_other_distribution_owns_our_names():
    owners = metadata.packages_distributions()
    for name in PACKAGES:
        assert set(owners.get(name, ["ocr2"])) == {"ocr2"}, f"{name} also comes from {owners[name]}"


def test_the_wheel_holds_every_tracked_file_of_the_packages(tmp_path):
    pytest.importorskip("hatchling")
    listed = subprocess.run(["git", "ls-files", "-z", *PACKAGES], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    tracked = {name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).exists()}
    assert len(tracked) > 20
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", build, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        held = set(wheel.namelist())
        entry = next(name for name in held if name.endswith("entry_points.txt"))
        assert "ocr2 = ocr2cli.start:main" in wheel.read(entry).decode()
        assert any(name.endswith("licenses/LICENSE") for name in held)
    assert tracked <= held
    assert {f"{name}/py.typed" for name in PACKAGES} <= held
    assert {name.split("/")[0] for name in held if ".dist-info/" not in name} == set(PACKAGES)


def test_the_lock_has_what_is_required_from_public_places():
    """Whether it is up to date as a whole says `uv lock --check`, which CI runs where uv is."""
    packaging = pytest.importorskip("packaging.requirements")
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    locked = {each["name"]: each for each in tomllib.loads(text)["package"] if "version" in each}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    for line in wanted:
        requirement = packaging.Requirement(line)
        assert locked[requirement.name]["version"] in requirement.specifier, line
    assert set(re.findall(r"https?://([^/\"]+)", text)) == {"pypi.org", "files.pythonhosted.org"}

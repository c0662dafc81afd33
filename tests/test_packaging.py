"""What is installed: nobody else owns our three top-level names, and the wheel holds every file of them."""

import re
import shlex
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import typer

from ocr2cli.app import app

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


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.cuda"])
def test_an_image_is_built_from_everything_that_is_installed(name):
    text = (ROOT / "containers" / name).read_text(encoding="utf-8")
    copied = {source for line in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE) for source in line.split()[:-1]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= copied
    kept_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert all((ROOT / source).exists() and source not in kept_out for source in copied)
    asked = set(re.findall(r"--extra (\w+)", text))
    assert asked == {"serve", "stores"} <= project["project"]["optional-dependencies"].keys()


def test_what_compose_runs_is_there_and_confined():
    yaml = pytest.importorskip("yaml")
    services = yaml.safe_load((ROOT / "containers/compose.yaml").read_text(encoding="utf-8"))["services"]
    assert services.keys() == {"watch", "serve"}
    group: Any = typer.main.get_command(app)
    for service in services.values():
        name, *words = service["command"]
        group.commands[name].make_context(name, words)  # raises for an option that is not there
        assert (ROOT / service["build"]["dockerfile"]).exists()
        assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["user"].startswith("${OCR2_USER")
    assert "/health" in shlex.join(services["serve"]["healthcheck"]["test"])
    assert "OCR2_TOKEN" in services["serve"]["environment"]


def test_the_source_archive_holds_what_a_packager_needs(tmp_path):
    pytest.importorskip("hatchling")
    build = "from hatchling.build import build_sdist; import sys; print(build_sdist(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", build, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True)
    with tarfile.open(tmp_path / done.stdout.split()[-1]) as archive:
        held = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    wanted = ("README.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml", "uv.lock",
              "tests/test_packaging.py", "docs/index.md", "containers/Dockerfile", "ocr2cli/py.typed")  # fmt: skip
    assert [name for name in wanted if name not in held] == []

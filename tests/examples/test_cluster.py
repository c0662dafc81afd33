"""The Slurm script and the Kubernetes Job: as far as their own tools can say here, and the commands in them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples/cluster"
SLURM, JOB = FOLDER / "ocr2-array.sbatch", FOLDER / "ocr2-job.yaml"


def job():
    return pytest.importorskip("yaml").safe_load(JOB.read_text())


def put(path, text):
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck here")
def test_shellcheck_takes_the_slurm_script():
    done = subprocess.run(["shellcheck", SLURM], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (4, 0), (2, 2), (143, 143)])
def test_a_task_of_the_array_reads_its_part(tmp_path, code, ends):
    put(tmp_path / "srun", '#!/bin/sh\nshift\nexec "$@"\n')
    put(tmp_path / "ocr2", f'#!/bin/sh\nprintf "%s\\n" "$@" > said\nexit {code}\n')
    done = subprocess.run(
        ["bash", SLURM, "in put", "out"], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (ends, "")
    assert (tmp_path / "said").read_text().splitlines()[:5] == ["convert", "in put", "--recursive", "-o", "out"]
    assert "--shard\nauto" in (tmp_path / "said").read_text()


def test_the_script_asks_for_a_folder():
    done = subprocess.run(["bash", SLURM], capture_output=True, text=True)
    assert done.returncode != 0
    assert "the folder with the documents" in done.stderr


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl here")
def test_kubernetes_knows_every_field_of_the_job():
    """Read by kubectl into Kubernetes' own type and written again: what it does not know would be gone."""
    command = ["kubectl", "set", "env", "--local", "-f", str(JOB), "ADDED=1", "-o", "json"]
    back = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert missing(job(), back) == []


def missing(wanted, found, at=""):
    if isinstance(wanted, dict):
        gone = [f"{at}.{key}" for key in wanted if not isinstance(found, dict) or key not in found]
        return gone or [each for key in wanted for each in missing(wanted[key], found[key], f"{at}.{key}")]
    if isinstance(wanted, list):
        pairs = enumerate(zip(wanted, found, strict=False))
        return [each for number, (a, b) in pairs for each in missing(a, b, f"{at}[{number}]")]
    return [] if str(wanted) == str(found) else [at]


def test_ocr2_takes_the_command_of_the_job(tmp_path):
    (container,) = job()["spec"]["template"]["spec"]["containers"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    assert environment["JOB_COMPLETIONS"] == str(job()["spec"]["completions"])
    (tmp_path / "archive").mkdir()
    shutil.copy(FOLDER.parent / "paper.pdf", tmp_path / "archive")
    arguments = [argument.replace("/archive", "archive").replace("/texts", "texts") for argument in container["args"]]
    environment |= {"OCR2_MODEL": "text-layer", "JOB_COMPLETIONS": "1", "JOB_COMPLETION_INDEX": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "ocr2cli", *arguments], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(FOLDER.parents[1])} | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "texts/paper.md").exists()


def test_ray_takes_the_cluster_and_its_commands_are_ours():
    """By the schema that `ray up` checks with; that a cloud would give the nodes is not shown here."""
    pytest.importorskip("ray", reason="the extra ocr2[ray] is not installed")
    from ray.autoscaler._private.util import prepare_config, validate_config

    text = (FOLDER / "ray-cluster.yaml").read_text()
    cluster = pytest.importorskip("yaml").safe_load(text)
    validate_config(prepare_config(cluster))
    assert cluster["head_node_type"] in cluster["available_node_types"]
    done = subprocess.run(
        [sys.executable, "-m", "ocr2cli", "convert", "none.pdf", "--ray", "127.0.0.1:1", "-m", "text-layer"],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(FOLDER.parents[1])},
    )  # fmt: skip
    assert "--ray auto" in text
    assert (done.returncode, done.stderr.splitlines()[0]) == (3, "ocr2: none.pdf does not exist: check the path")

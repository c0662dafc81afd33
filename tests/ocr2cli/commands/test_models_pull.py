"""`ocr2 models pull`: weights arrive whole, go on where they broke off, and can be carried to other machines."""

from __future__ import annotations

import subprocess
import tarfile

import pytest
from fake_hub import REPOSITORY, hub

FILES = {
    "config.json": b'{"model_type": "x"}\n',
    "tokenizer.json": b"{}\n",
    "model.safetensors": bytes(range(256)) * 4000,
    "modeling.py": b"raise SystemExit('code from a repository was run')\n",
    "pytorch_model.bin": b"a pickle",
}
WANTED = {name: data for name, data in FILES.items() if name.endswith((".json", ".safetensors"))}


@pytest.fixture
def server():
    with hub(FILES) as running:
        yield running


@pytest.fixture
def pull(ocr2, server):
    def run(*arguments, **more):
        return ocr2("models", "pull", *arguments, **({"HF_ENDPOINT": server.address, "HF_HUB_OFFLINE": "0"} | more))

    run.folder = ocr2.folder  # type: ignore[attr-defined]
    return run


def test_an_archive_that_is_not_there_is_no_repository(ocr2):
    done = ocr2("models", "pull", "model.tar", "--to", "weights")
    assert (done.returncode, done.stderr) == (3, "ocr2: model.tar does not exist: check the path\n")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_weights_come_into_the_cache_once(pull, server):
    done = pull(REPOSITORY)
    assert done.returncode == 0, done.stderr
    first = done.stderr.splitlines()[0]
    assert first == f"{REPOSITORY}: 3 files, 0.00 GB (0 min at 100 Mbit/s)"
    assert done.stdout.strip().endswith("a" * 40)
    assert sorted(name for name, _ in server.asked) == sorted(WANTED)  # no code, no pickles
    assert pull(REPOSITORY).returncode == 0
    assert len(server.asked) == len(WANTED)


def test_a_folder_is_a_model_for_a_machine_without_network(pull):
    done = pull(REPOSITORY, "--to", "weights")
    assert (done.returncode, done.stdout) == (0, "weights\n"), done.stderr
    found = contents(pull.folder / "weights")
    sums = found.pop("SHA256SUMS")
    assert found == WANTED
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=pull.folder / "weights", capture_output=True)
    assert (checked.returncode, len(sums.splitlines())) == (0, 3)


def test_an_archive_is_carried_and_unpacked(pull, ocr2):
    done = pull(REPOSITORY, "--to", "model.tar")
    assert (done.returncode, done.stdout) == (0, "model.tar\n"), done.stderr
    done = ocr2("models", "pull", "model.tar", "--to", "weights")  # no network
    assert (done.returncode, done.stdout) == (0, "weights\n"), done.stderr
    found = contents(ocr2.folder / "weights")
    del found["SHA256SUMS"]
    assert found == WANTED
    assert not [path for path in ocr2.folder.iterdir() if path.name.endswith(".tmp")]


def test_what_broke_off_goes_on(pull, server):
    """From what is on disk, which the client writes in parts of ten megabytes."""
    large = bytes(range(256)) * 100_000
    with hub({"config.json": b"{}", "model.safetensors": large}) as other:
        other.cut = 12_000_000
        assert pull(REPOSITORY, "--to", "weights", HF_ENDPOINT=other.address).returncode == 0
        starts = [start for name, start in other.asked if name == "model.safetensors"]
    assert starts[0] == 0
    assert 0 < starts[1] <= 12_000_000
    assert contents(pull.folder / "weights")["model.safetensors"] == large


def test_damaged_weights_are_taken_away(pull, server):
    server.files["model.safetensors"] = b"x" + FILES["model.safetensors"][1:]
    done = pull(REPOSITORY, "--to", "weights")
    assert done.returncode == 5
    assert done.stderr.splitlines()[-1] == (
        "ocr2: model.safetensors came damaged (its checksum differs) and was taken away: give the command again"
    )
    assert not (pull.folder / "weights/model.safetensors").exists()


def test_a_damaged_archive_is_told(pull, ocr2):
    assert pull(REPOSITORY, "--to", "model.tar").returncode == 0
    path = ocr2.folder / "model.tar"
    data = bytearray(path.read_bytes())
    data[data.index(bytes(range(200)))] ^= 1
    path.write_bytes(data)
    done = ocr2("models", "pull", "model.tar", "--to", "weights")
    assert done.returncode == 5
    assert "weights/model.safetensors is not what was fetched (its checksum differs)" in done.stderr


@pytest.mark.parametrize("name", ["../evil.json", "/tmp/evil.json", "code.py", "a/b.json", ".hidden.json"])
def test_other_archives_are_refused(ocr2, name):
    path = ocr2.folder / "model.tar"
    with tarfile.open(path, "x") as file:
        file.addfile(tarfile.TarInfo("SHA256SUMS"))
        file.addfile(tarfile.TarInfo(name))
    done = ocr2("models", "pull", "model.tar", "--to", "weights")
    assert (done.returncode, done.stderr) == (
        5, f"ocr2: model.tar was not made by `ocr2 models pull`: it holds {name!r}\n",
    )  # fmt: skip
    assert list((ocr2.folder / "weights").iterdir()) == []


def test_mistakes_are_one_line(pull, ocr2):
    assert ocr2("models", "pull", "nano").stderr == "ocr2: nano comes with ocr2: there is nothing to fetch\n"
    done = pull("someone/else")
    assert (done.returncode, done.stderr) == (
        5,
        "ocr2: there is no public repository someone/else; check its name, or log in with `hf auth login`\n",
    )
    (ocr2.folder / "x.tar").write_bytes(b"no archive")
    assert ocr2("models", "pull", "x.tar").stderr == "ocr2: x.tar is an archive: name a folder for it with --to\n"
    done = ocr2("models", "pull", "x.tar", "--to", "y")
    assert (done.returncode, done.stderr) == (5, "ocr2: x.tar is no whole archive: copy it again\n")
    done = ocr2("models", "pull", "no-name")
    assert done.returncode == 5
    assert len(done.stderr.splitlines()) == 1


def test_a_name_that_is_no_repository_is_told(pull):
    done = pull("nonsense")
    assert (done.returncode, done.stderr) == (
        5, "ocr2: 'nonsense' is no repository: name one like deepseek-ai/DeepSeek-OCR-2, or see `ocr2 models`\n"
    )  # fmt: skip


def test_no_network_is_no_bug(pull):
    """The hub's client does not say it by an error of the system."""
    done = pull(REPOSITORY, HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 5, done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"ocr2: the weights of {REPOSITORY} could not be downloaded (")
    assert "internal error" not in done.stderr

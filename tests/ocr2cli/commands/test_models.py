"""`ocr2 models`, word for word."""

import json

MEMBERS = ("deepseek-ai/DeepSeek-OCR-2", "deepseek-ai/DeepSeek-OCR", "baidu/Unlimited-OCR")


def in_cache(ocr2, name, checkpoint):
    """The layout of the hub's cache: refs/main names a snapshot."""
    cache = ocr2.folder.parent / "home/hub" / name
    snapshot = cache / "snapshots/0123456789abcdef0123456789abcdef01234567"
    snapshot.parent.mkdir(parents=True)
    snapshot.symlink_to(checkpoint, target_is_directory=True)
    (cache / "refs").mkdir()
    (cache / "refs/main").write_text(snapshot.name)
    return snapshot


def test_each_model_has_a_line_and_auto_is_named(ocr2):
    done = ocr2("models")
    assert (done.returncode, done.stderr) == (0, "")
    rows = done.stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["nano", *MEMBERS, "auto"]
    assert ocr2("models", "list").stdout == done.stdout
    assert " bundled " in rows[0]
    assert rows[1].endswith("not here   6.78 GB  Apache-2.0         documents of all kinds, with layout")
    assert "not here   6.67 GB  MIT " in rows[3]
    assert rows[4].startswith("auto takes text-layer+nano: deepseek-ai/DeepSeek-OCR-2 is not in the local cache")


def test_without_a_gpu_auto_leaves_the_full_model_alone(ocr2, tiny_checkpoint):
    """A page would take minutes; whoever wants that is told how."""
    snapshot = in_cache(ocr2, "models--deepseek-ai--DeepSeek-OCR-2", tiny_checkpoint)
    rows = ocr2("models").stdout.splitlines()
    assert " in the cache " in rows[1]
    assert rows[4].startswith("auto takes text-layer+nano: with deepseek-ai/DeepSeek-OCR-2 a page takes minutes")
    assert "--weights int8" in rows[4]
    assert snapshot.is_dir()


def test_a_model_in_the_cache_is_named_with_its_folder(ocr2, tiny_checkpoint):
    snapshot = in_cache(ocr2, "models--baidu--Unlimited-OCR", tiny_checkpoint)
    rows = [json.loads(line) for line in ocr2("models", "--json").stdout.splitlines()]
    assert [row["model"] for row in rows] == ["nano", *MEMBERS]
    assert [bool(row["path"]) for row in rows] == [True, False, False, True]
    assert rows[3]["path"] == str(snapshot)
    assert [row["auto"] for row in rows] == [True, False, False, False]
    shown = ocr2("models").stdout.splitlines()
    assert " in the cache " in shown[3]
    assert "(but baidu/Unlimited-OCR is in the cache: --model baidu/Unlimited-OCR)" in shown[4]

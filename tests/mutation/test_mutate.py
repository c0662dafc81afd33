"""The mutation run: what it changes, what it calls a survivor, and a list that does not go stale."""

import mutate
import pytest

SOURCE = '''
def least(values, most=3):
    """Say which."""
    if not values or len(values) > most:
        log(f"{1 + 1} ä")
    return min(values) + 1


class Room:
    def has(self, name):
        return name in self.names
'''


@pytest.fixture
def tree(tmp_path, monkeypatch):
    folder = tmp_path / "output"
    folder.mkdir()
    (folder / "room.py").write_text(SOURCE)
    tests = tmp_path / "tests" / "output"
    tests.mkdir(parents=True)
    (tests / "test_room.py").write_text(
        "import sys\nsys.path.insert(0, 'output')\nfrom room import least\n\ndef test():\n    assert least([2]) == 3\n"
    )
    monkeypatch.setattr(mutate, "ROOT", tmp_path)
    return tmp_path


def test_one_mutant_per_function_and_kind(tree):
    found = {mutant.name.partition(": ")[2] for mutant in mutate.mutants(tree / "output/room.py", tree)}
    assert found == {
        "number: def least(values, most=3): -> def least(values, most=4):",
        "condition: not values or len(values) > most -> True",
        "and/or: not values or len(values) > most -> (not values and len(values) > most)",
        "not: not values -> (values)",
        "comparison: len(values) > most -> (len(values) >= most)",
        'call left out: log(f"{1 + 1} ä") -> pass',
        "sign: min(values) + 1 -> (min(values) - 1)",
        "number: return min(values) + 1 -> return min(values) + 2",
        "comparison: name in self.names -> (name not in self.names)",
    }
    picked = mutate.sample(["output"], seed=1)
    assert len(picked) == len({(mutant.function, mutant.kind) for mutant in picked}) == 8
    assert picked == mutate.sample(["output"], seed=1)


def test_a_survivor_is_what_no_test_notices_and_the_tree_is_left_as_it_was(tree):
    by_kind = {
        mutant.kind: mutant for mutant in mutate.mutants(tree / "output/room.py", tree) if mutant.function == "least"
    }
    assert mutate.tests_of("output/room.py")[:2] == ["tests/output/test_room.py", "tests/output"]
    mutate_tests = ["tests/output/test_room.py"]
    original = mutate.tests_of
    mutate.tests_of = lambda path: mutate_tests
    try:
        assert not mutate.survives(by_kind["sign"], tree)
        assert mutate.survives(by_kind["call left out"], tree)
    finally:
        mutate.tests_of = original
    assert (tree / "output/room.py").read_text() == SOURCE


def test_every_known_survivor_is_still_a_mutant_and_has_a_reason():
    known = mutate.known()
    files = {name.partition(":")[0] for name in known}
    there = {mutant.name for file in files for mutant in mutate.mutants(mutate.ROOT / file, mutate.ROOT)}
    assert set(known) - there == set()
    assert all(known.values())

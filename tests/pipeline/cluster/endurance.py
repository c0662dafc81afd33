"""By hand: `PYTHONPATH=.:tests/support python tests/pipeline/cluster/endurance.py kills|memory|speed|nano`.

`kills`: documents on a cluster whose nodes are killed at random moments, and the same on one machine.
`memory`: 20,000 pages of a stand-in, with the most pages under way and the memory of this process.
`speed`: pages a second of 1, 2 and 4 stand-ins for a GPU.
`nano`: the checkpoint that ships, on three nodes that `ray start` has started, and on one machine.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pymupdf
from ray_nodes import Nodes, ray_nodes
from ray_started import ray_started
from sleeping_reader import OpenSleeping

from ocr2cli.batch.convert import convert
from ocr2cli.options import Options, Talk
from pipeline.cluster.clustered import ClusterTranscriber
from pipeline.reader_options import ReaderOptions
from pipeline.readers.elsewhere.driver import Driven
from pipeline.transcript import PageRef, Source

KILLS, TEXTS, SCANS = 22, 220, 6


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        {"kills": kills, "memory": memory, "speed": speed, "nano": nano}[sys.argv[1]](Path(folder))


def kills(folder: Path) -> None:
    """Text-layer documents, and pictures of pages for the tiny checkpoint whose folder is the second argument."""
    for number in range(TEXTS + SCANS):
        _document(folder / f"in/{number // 40}/{number:03}.pdf", 5 if number < TEXTS else 1, scan=number >= TEXTS)
    model = f"text-layer+{sys.argv[2]}" if len(sys.argv) > 2 else "text-layer"
    reading = ReaderOptions(model, device="cpu", max_tokens=48)
    plain = Options(output=folder / "plain", recursive=True, talk=Talk.QUIET, reading=reading)
    print("one machine:", convert([str(folder / "in")], plain).name, flush=True)
    chance = random.Random(3)
    with ray_nodes(3) as nodes:
        killer = _Killer(nodes, chance)
        Driven._listen = killer.around(Driven._listen)  # type: ignore[method-assign]
        runs = 0
        while killer.killed < KILLS:
            runs += 1
            # Beside the plain one: a record says by which way its document is found.
            output = folder / f"ray{runs}"
            options = replace(plain, output=output, reading=replace(reading, ray=nodes.address))
            end = convert([str(folder / "in")], options).name
            print(f"run {runs}: {end}, {killer.killed} nodes killed", flush=True)
            _same(folder / "plain", output)


def nano(folder: Path) -> None:
    """The checkpoint that ships, on nodes that `ray start` has started."""
    for number in range(8):
        _document(folder / f"in/{number}.pdf", 1, scan=True)
    reading = ReaderOptions("nano", device="cpu")
    plain = Options(output=folder / "plain", talk=Talk.QUIET, reading=reading)
    print("one machine:", convert([str(folder / "in")], plain).name, flush=True)
    with ray_started(3) as nodes:
        start = time.monotonic()
        options = replace(plain, output=folder / "ray", reading=replace(reading, ray=nodes.address))
        print("3 nodes:", convert([str(folder / "in")], options).name, f"{time.monotonic() - start:.0f} s", flush=True)
    print((folder / "plain/0.md").read_text())
    _same(folder / "plain", folder / "ray")


class _Killer:
    """Kills a node every few seconds, and lets another one join."""

    def __init__(self, nodes: Nodes, chance: random.Random) -> None:
        self._nodes, self._chance, self.killed = nodes, chance, 0
        self._next = time.monotonic() + 6

    def around(self, listen):
        def killing(*arguments):
            if time.monotonic() > self._next and self.killed < KILLS:
                self._nodes.kill(self._chance.randrange(len(self._nodes.workers)))
                self._nodes.add()
                self.killed += 1
                self._next = time.monotonic() + self._chance.uniform(0.2, 3)
            return listen(*arguments)

        return killing


def _same(one: Path, other: Path) -> None:
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file() and path.name != ".place.json")
    different = [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()]
    print(f"{len(names)} files, {len(different)} different {different[:3]}", flush=True)


def memory(folder: Path) -> None:
    documents = [Source(_bytes(folder / f"{number}.pdf"), f"{number}.pdf") for number in range(200)]
    refs = (PageRef(source, number) for source in documents for number in range(1, 101))
    with ray_nodes(2) as nodes:
        reader = ClusterTranscriber(nodes.address, OpenSleeping(64, 0.1))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start, done = time.monotonic(), 0
        for done, _ in enumerate(reader.transcribe(refs), 1):
            if done in (2000, 20000):
                most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                print(f"{done} pages: at most {reader.most_under_way} under way, {(most - before) // 1024} MiB more")
        print(
            f"{done} pages in {time.monotonic() - start:.1f} s; documents left in Ray's store: {len(reader._documents)}"
        )
        reader.close()


def speed(folder: Path) -> None:
    source, alone = Source(_bytes(folder / "a.pdf"), "a.pdf"), 0.0
    with ray_nodes(4) as nodes:
        for actors in (1, 2, 4):
            reader = ClusterTranscriber(nodes.address, OpenSleeping(32, 2.0), most=actors)
            while len(reader._staff.reading) < actors:
                list(reader.transcribe(PageRef(source, number) for number in range(1, 33)))
            pages, times = 480 * actors, []
            for _ in reader.transcribe(PageRef(source, number) for number in range(pages)):
                times.append(time.monotonic())
            # Without the first and the last fill of the slots, which any run has once.
            steady = times[pages // 8 : -pages // 8]
            rate = (len(steady) - 1) / (steady[-1] - steady[0])
            alone = alone or rate
            print(f"{actors} readers: {rate:.2f} pages/s, {rate / alone / actors:.3f} of linear", flush=True)
            reader.close()


def _document(path: Path, pages: int, scan: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with pymupdf.open() as document:
        for number in range(pages):
            page = document.new_page(width=300, height=300) if scan else document.new_page()
            text = f"Page {number} of {path.stem}, which says something about itself."
            page.insert_textbox((40, 40, 280, 280), text, fontsize=14)
            if scan:
                picture = page.get_pixmap(dpi=60)
                page.draw_rect(page.rect, fill=(1, 1, 1))
                page.insert_image(page.rect, pixmap=picture)
                page.clean_contents()
        document.save(path)


def _bytes(path: Path) -> Path:
    path.write_bytes(b"%PDF- which nobody opens" * 4000)
    return path


if __name__ == "__main__":
    main()

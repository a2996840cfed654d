"""Throw damaged files at one reader and stop at the first thing that is not an error of ours.

    python tools/fuzz.py READER --minutes 10        csv, excel, json, jsonl, anx, konect, matrix, edges, calls, ftm,
                                                    ofac, routes, statements, stix (or: all, one after the other)
    python tools/fuzz.py READER --file FIND         run one file again

A find is a crash, any exception but those of graph/errors.py, a row or a record that breaks the reader's promise, a
file that takes longer than --seconds, or memory above --memory MB. The file that did it is kept (--keep, a folder) and
should become a test. Where `atheris` can be imported, inputs are
guided by coverage; else files are mutated at random (it is no library of the project: make an environment of its own
for it). Exit status: 0 nothing found, 1 a find, 2 usage.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

DATA = ROOT / "tests" / "data"
SEEDS = {
    "csv": ["samples/exports/*.csv", "samples/montagna/*.csv"],
    "excel": [],  # made: see workbook seeds below
    "json": ["seeds/plain.json", "samples/stix/*.json"],
    "jsonl": ["seeds/plain.jsonl", "samples/entities/*.json"],
    "anx": ["samples/anx/*.anx"],
    "matrix": ["samples/matrix/*.csv", "samples/caviar/*0[17].csv"],
    "konect": ["samples/moreno/out.*"],
    "edges": ["samples/montagna/*.csv", "samples/crimenet/relations.csv"],
    "calls": ["seeds/calls_*"],
    "ftm": ["samples/entities/*.json"],
    "ofac": ["ofac/*.csv"],
    "routes": ["seeds/routes_*"],
    "statements": ["seeds/statements*"],
    "stix": ["samples/stix/*.json"],
}
LONGEST = 1 << 16
WORDS = [
    b"", b"\x00", b"\xff", b'"', b";", b",", b"\t", b"\r", b"\n", b"\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"{",
    b"}", b"[", b"]", b"{}", b"[{}]", b"null", b"1e999", b"-1", b"\\ud800", b"9" * 400, b"<", b">", b"&",
    b"<!DOCTYPE x>", b"&a;", b"<ChartItem>", b"</ChartItem>", b"PK\x03\x04", b"A" * 3000, "ñ".encode(),
    "ñ".encode("cp1252"), b"0" * 18, b"(a)", b"=1+1", b"00/00/0000", b"+", b"%", b"\xe2\x80\x93",
]  # fmt: skip


class Find(Exception):
    """The reader did something that it must not do."""


def seeds(reader: str) -> list[bytes]:
    """Whole files to begin with."""
    found = [p.read_bytes()[:LONGEST] for pattern in SEEDS[reader] for p in sorted(DATA.glob(pattern))]
    if reader in ("excel", "matrix"):
        sys.path.insert(0, str(ROOT / "tests" / "ingest"))
        from workbooks import ods, xls

        rows: list[list[Any]] = [["", "A", "B"], ["A", 0.0, 1.5], ["B", "José", 2.0]]
        found += [xls(rows), ods(rows)]
        try:
            import io

            import openpyxl

            book, target = openpyxl.Workbook(), io.BytesIO()
            for row in rows:
                book.active.append(row)
            book.save(target)
            found.append(target.getvalue())
        except ImportError:
            pass
    return found


def target(reader: str, folder: Path) -> Callable[[bytes], None]:
    """A function that lets the reader read some bytes and raises whatever it should not have raised."""
    from graph.delivery import Manifest
    from graph.errors import InputError
    from graph.ids import Ids
    from ingest.archive import Member
    from ingest.context import Context
    from ingest.manifest import SourceSpec
    from ingest.package import Package
    from ingest.readers import ROW_READERS, Options
    from ingest.records import RECORD_READERS

    path = folder / "input"
    manifest = Manifest("AR-MPF", "fuzz", 1)
    context = Context(Ids("00" * 32), manifest)

    def rows() -> None:
        table = ROW_READERS[reader](path, "input", Options())
        for row in table.rows:
            _check(row.number > 0, "a row without number")
            _check(bool(row.problem) or set(table.columns) <= set(row.values), "a row without all its columns")
            for text in row.values.values():
                text.encode()

    def records() -> None:
        member = Member("input", path, path.stat().st_size, "")
        package = Package(manifest, (), {"input": member, "alt.csv": member, "add.csv": member}, "")
        for outcome in RECORD_READERS[reader](package, SourceSpec("input", reader=reader), context):
            whole = [r for r in outcome.rejects if r.whole]
            _check(
                bool(outcome.fragments) != bool(whole) and len(whole) < 2, "a row neither taken nor rejected, or both"
            )
            for reject in outcome.rejects:
                f"{reject.column}{reject.value}".encode()
            for record in outcome.fragments:
                _check(bool(record.statements), "a record that says nothing")
                for statement in record.statements:
                    "".join(map(str, statement)).encode()

    read = rows if reader in ROW_READERS else records

    def run(data: bytes) -> None:
        path.write_bytes(data)
        try:
            read()
        except InputError as told:
            for lang in ("es", "pt", "en"):
                _check(bool(told.text(lang)), "an error without a sentence")

    return run


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise Find(what)


def mutated(files: list[bytes], chance: random.Random) -> bytes:
    """A seed with some bytes changed, words put in, pieces cut out, doubled or taken from another seed."""
    data = bytearray(chance.choice(files) if chance.random() < 0.95 else chance.randbytes(chance.randint(0, 2000)))
    for _ in range(chance.choice((1, 1, 2, 4, 8, 32))):
        at = chance.randint(0, len(data))
        kind = chance.randint(0, 5)
        if kind == 0 and data:
            data[min(at, len(data) - 1)] = chance.randint(0, 255)
        elif kind == 1:
            data[at:at] = chance.choice(WORDS)
        elif kind == 2:
            del data[at : at + chance.randint(1, 64)]
        elif kind == 3:
            piece = data[at : at + chance.randint(1, 256)]
            data[at:at] = piece * chance.randint(1, 4)
        elif kind == 4:
            other = chance.choice(files)
            begin = chance.randint(0, len(other))
            data[at : at + 16] = other[begin : begin + chance.randint(1, 256)]
        else:
            data[at : at + len(WORDS[1])] = chance.choice(WORDS)
    return bytes(data[:LONGEST])


def _too_slow(signum: int, frame: FrameType | None) -> None:
    raise Find("it takes too long")


def at_random(reader: str, args: argparse.Namespace, folder: Path) -> None:
    """Mutate and run until the time is up. The input is on disk before it is read, so that even a crash leaves it."""
    run, files = target(reader, folder), seeds(reader)
    chance = random.Random(args.seed)  # noqa: S311
    run(files[0])
    # virtual memory of what is loaded already is not the reader's: the limit is what it takes on top
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + (args.memory << 20), taken + (args.memory << 20)))
    signal.signal(signal.SIGALRM, _too_slow)
    ends, count = time.monotonic() + args.minutes * 60, 0
    while time.monotonic() < ends:
        data = files[count] if count < len(files) else mutated(files, chance)
        signal.setitimer(signal.ITIMER_REAL, args.seconds)
        run(data)
        signal.setitimer(signal.ITIMER_REAL, 0)
        count += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{reader}: {count} files at random, nothing found, {peak} MB at most", flush=True)


def guided(reader: str, args: argparse.Namespace, folder: Path) -> None:
    """Let atheris choose the inputs. It ends the process itself."""
    import atheris

    with atheris.instrument_imports(include=["ingest", "defusedxml", "xml"]):
        run, files = target(reader, folder), seeds(reader)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, data in enumerate(files):
        (corpus / str(number)).write_bytes(data)
    words = folder / "words"
    words.write_text("".join('"' + "".join(f"\\x{b:02x}" for b in w) + '"\n' for w in WORDS if 0 < len(w) < 60))
    options = [
        f"-max_total_time={max(1, int(args.minutes * 60))}", f"-max_len={LONGEST}", f"-rss_limit_mb={args.memory}",
        f"-timeout={int(args.seconds)}", f"-seed={args.seed or 1}", f"-artifact_prefix={folder}/find-",
        f"-dict={words}",
        "-print_final_stats=1", "-verbosity=0", str(corpus),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], run)
    atheris.Fuzz()


def _has_atheris() -> bool:
    try:
        import atheris  # noqa: F401
    except ImportError:
        return False
    return True


def watch(reader: str, args: argparse.Namespace) -> int:
    """Run one reader in a process of its own, so that even a crash of it is seen; keep what did it."""
    with tempfile.TemporaryDirectory(prefix="vinculo-fuzz-") as name:
        command = [sys.executable, __file__, reader, "--inside", name, "--minutes", str(args.minutes)]
        command += ["--memory", str(args.memory), "--seconds", str(args.seconds), "--seed", str(args.seed)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            told = [line for line in done.stderr.splitlines() if line.startswith(("stat::", "Done"))]
            print(done.stdout.strip() or f"{reader}: " + ", ".join(t.removeprefix("stat::") for t in told), flush=True)
            return 0
        args.keep.mkdir(parents=True, exist_ok=True)
        finds = sorted(Path(name).glob("find-*")) or [Path(name) / "input"]
        kept = args.keep / f"{reader}-{int(time.time())}"
        kept.write_bytes(finds[0].read_bytes() if finds[0].is_file() else b"")
        print(f"{reader}: FOUND (status {done.returncode}), kept as {kept}\n{done.stderr[-3000:]}", flush=True)
        return 1


def readers(wanted: str) -> Iterator[str]:
    return iter(SEEDS if wanted == "all" else [wanted])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", choices=[*SEEDS, "all"])
    parser.add_argument("--minutes", type=float, default=1, help="for each reader")
    parser.add_argument("--memory", type=int, default=512, help="MB")
    parser.add_argument("--seconds", type=float, default=10, help="for one file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=ROOT / ".proofs" / "finds")
    parser.add_argument("--file", type=Path, help="run this file alone")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.file:
        with tempfile.TemporaryDirectory(prefix="vinculo-fuzz-") as name:
            target(args.reader, Path(name))(args.file.read_bytes())
        return 0
    if args.inside:
        (guided if _has_atheris() else at_random)(args.reader, args, args.inside)
        return 0
    return max(watch(reader, args) for reader in readers(args.reader))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())

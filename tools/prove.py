"""Run the long proofs in parts that can be resumed, and write a dated result file.

    make prove                                   everything that is not proved yet for this code
    make prove PROVE_ARGS="--minutes 60"         begin no part after an hour; run again to go on
    make prove PROVE_ARGS="--only NAME --again"  one part, even if it passed before
    make prove PROVE_ARGS="--list"               the parts and what is known of each

A part is a test file with tests marked `prove`, or property tests (run with many examples instead of few), or a
command of `[tool.vinculo.prove.NAME]` in pyproject.toml. A part that passed is skipped while the code is the same:
documents do not count, uncommitted changes make every result provisional. The result stands in docs/proofs/.

Exit status: 0 all parts passed, 1 some failed, 3 none failed but some are still to be run.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".proofs" / "state.json"
SELECTION = "prove or hypothesis"
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-n", "0"]
UNFINISHED = 3


class Part(NamedTuple):
    name: str
    command: list[str]
    environment: dict[str, str]


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def code_key() -> tuple[str, bool]:
    """(digest of all committed files but documents, whether the working tree is exactly that)."""
    tree = [line for line in git("ls-tree", "-r", "HEAD").splitlines() if not re.search(r"\t(docs/|[^\t]*\.md$)", line)]
    clean = not git("status", "--porcelain", "--", ".", ":!docs", ":!*.md").strip()
    return hashlib.sha256("\n".join(tree).encode()).hexdigest()[:16], clean


def parts() -> list[Part]:
    """One part per test file with proofs in it, and the commands of pyproject.toml."""
    listing = subprocess.run([*PYTEST, "--collect-only", "-m", SELECTION], cwd=ROOT, capture_output=True, text=True)
    if listing.returncode not in (0, 5):  # 5: no test selected
        raise SystemExit("the tests cannot be collected:\n" + listing.stdout + listing.stderr)
    files = sorted({line.split("::")[0] for line in listing.stdout.splitlines() if "::" in line})
    found = [
        Part(Path(file).stem, [*PYTEST, "--timeout=7200", "-m", SELECTION, file], {"HYPOTHESIS_PROFILE": "prove"})
        for file in files
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name, told in project["tool"].get("vinculo", {}).get("prove", {}).items():
        found.append(Part(name, [*PYTEST, *told["pytest"]], told.get("environment", {})))
    return found


def carry_out(part: Part) -> dict[str, Any]:
    """Run one part; its whole output stays in .proofs/NAME.log."""
    log = STATE.parent / f"{part.name}.log"
    began = time.monotonic()
    with log.open("w") as out:
        environment = os.environ | part.environment
        done = subprocess.run(part.command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    closing = (log.read_text().splitlines() or [""])[-1]
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)", closing)}
    return {
        "outcome": "passed" if done.returncode == 0 else "failed",
        "seconds": round(time.monotonic() - began, 1),
        "tests": counts,
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def remembered(key: str) -> dict[str, dict[str, Any]]:
    try:
        state = json.loads(STATE.read_text())
    except (OSError, ValueError):
        return {}
    return dict(state["parts"]) if state.get("code") == key else {}


def write(path: Path, content: dict[str, Any]) -> None:
    """In one step: a killed run leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
    scratch.replace(path)


def report(key: str, clean: bool, wanted: list[Part], known: dict[str, dict[str, Any]]) -> None:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    write(
        ROOT / "docs" / "proofs" / f"RESULT-{today}.json",
        {
            "date": today,
            "commit": git("rev-parse", "HEAD").strip(),
            "code": key,
            "clean": clean,
            "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
            "parts": {part.name: known.get(part.name, {"outcome": "not run"}) for part in wanted},
        },
    )


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, help="begin no part after this time")
    parser.add_argument("--only", action="append", metavar="NAME", help="this part (may be repeated)")
    parser.add_argument("--again", action="store_true", help="run parts that passed already, too")
    parser.add_argument("--list", action="store_true", help="list the parts, run none")
    args = parser.parse_args(words)
    deadline = time.monotonic() + args.minutes * 60 if args.minutes is not None else float("inf")

    key, clean = code_key()
    known = remembered(key) if clean else {}
    wanted = parts()
    if unknown := set(args.only or ()) - {part.name for part in wanted}:
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}")
    if args.list:
        for part in wanted:
            print(f"{known.get(part.name, {}).get('outcome', 'not run'):8} {part.name}")
        return 0
    if not clean:
        print("uncommitted changes: the results are provisional and will not be remembered", flush=True)
    for part in wanted:
        passed = known.get(part.name, {}).get("outcome") == "passed"
        if (args.only and part.name not in args.only) or (passed and not args.again):
            continue
        if time.monotonic() >= deadline:
            break
        print(f"{part.name} ... ", end="", flush=True)
        known[part.name] = carry_out(part)
        print(known[part.name]["outcome"], f"{known[part.name]['seconds']} s", known[part.name]["tests"], flush=True)
        if clean:
            write(STATE, {"code": key, "parts": known})
        report(key, clean, wanted, known)
    report(key, clean, wanted, known)
    chosen = [part for part in wanted if not args.only or part.name in args.only]
    outcomes = {known.get(part.name, {}).get("outcome", "not run") for part in chosen}
    return 1 if "failed" in outcomes else UNFINISHED if "not run" in outcomes else 0


if __name__ == "__main__":
    STATE.parent.mkdir(exist_ok=True)
    sys.exit(main(sys.argv[1:]))

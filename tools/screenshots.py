"""Take the pictures of docs/images from the demonstration scenario, so that they stay true.

    python tools/screenshots.py                  all pages, in Spanish, to docs/images
    python tools/screenshots.py --lang pt --out /tmp/pictures network flags

Makes the scenario in a temporary folder, serves it on loopback and drives a headless Chromium that can reach nothing.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from analytics.communities import communities
from analytics.crossborder.reader import flags
from graph.access import Actor
from graph.store import Store, open_store
from graph.view import View
from tests.dashboard.browser import Analyst, chromium, served

ROOT = Path(__file__).resolve().parent.parent
ACTOR = "ar:ana"
LEGIBLE = 22  # things on a chart that can be read at the size of a README


def scenario(folder: Path, size: int) -> Store:
    """The demonstration scenario, delivered, resolved and flagged."""
    program = Path(sys.executable).parent / "vinculo"
    url = f"sqlite:///{folder.parent / 'pictures.db'}"
    command = [program, "demo", "--no-dashboard", "--out", folder, "--size", str(size), "--store", url]
    subprocess.run(command, check=True, cwd=folder.parent)
    return open_store(url)


def telling(view: View) -> str:
    """The entity of a flag whose neighbourhood shows most and can still be read."""
    best, found = 0, ""
    for flag in flags(view):
        for entity in {side.entity for side in flag.sides if side.records}:
            around = view.neighbourhood([entity], cap=LEGIBLE * 4)
            crossing = sum(n.crosses for n in around.nodes) + sum(k.state == "proposed" for k in around.links)
            worth = len({n.schema for n in around.nodes}) * 3 + min(crossing, 4) * 4 + len(around.nodes)
            if len(around.nodes) <= LEGIBLE and crossing and worth > best:
                best, found = worth, entity
    return found or view.search("a").items[0].entity.id


def proposed(view: View) -> str:
    """An entity with something to judge."""
    pairs = view.proposals(1)
    return pairs[0].left.id if pairs else telling(view)


def addresses(store: Store, actor: Actor) -> dict[str, tuple[str, dict[str, str]]]:
    """Picture → (page, parameters of its address)."""
    view = store.view(actor)
    one = telling(view)
    crossing = next((c.id for c in communities(view).communities if c.crosses), "")
    return {
        "network": ("network", {"id": one}),
        "flags": ("flags", {}),
        "search": ("search", {"q": view.entity(one).caption.split()[-1]}),
        "entity": ("entity", {"id": proposed(view)}),
        "communities": ("communities", {}),
        "community": ("network", {"community": crossing}),
        "datasets": ("datasets", {}),
        "administration": ("administration", {}),
        "deliver": ("deliver", {}),
        "service": ("service", {}),
    }


def main() -> int:
    """Take the pictures asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="*", help="which pictures; all where none is named")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--lang", choices=("es", "pt", "en"), default="es")
    parser.add_argument("--size", type=int, default=600)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--store", help="pictures of this store instead of a new scenario")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    path = next(p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(asked.store) if asked.store else scenario(Path(folder, "demo"), asked.size)
        wanted = addresses(store, store.actor(ACTOR))
        with served(store.url) as base, chromium(path) as browser:
            for name in asked.pictures or wanted:
                page, params = wanted[name]
                actor = "ar:bruno" if page in ("datasets", "administration", "deliver", "service") else ACTOR
                one = Analyst(browser, base, asked.lang, actor, asked.dark)
                one.open(page, **params)
                if name == "network":
                    one.click(params["id"])
                    one.page.mouse.move(330, 620)  # where nothing is, so that no tooltip shows
                    one.page.wait_for_timeout(600)
                elif page == "network":
                    one.captions()
                one.page.wait_for_timeout(800)
                one.page.screenshot(path=asked.out / f"{name}.png")
                if one.wrong:
                    print("\n".join(one.wrong))
                    return 1
                print(asked.out / f"{name}.png")
                one.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

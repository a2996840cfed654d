"""nomenklatura's blocker and its logic-v2: run by ``vinculo bench identity`` in an environment of its own. Usage:
with_nomenklatura.py FOLDER SETUP THREADS; reads FOLDER/records.parquet (statements), writes
FOLDER/nomenklatura.parquet. It has no training and one thread."""

import json
import logging
import sys
import time
from pathlib import Path

import pandas as pd
from followthemoney import Dataset, StatementEntity
from nomenklatura.blocker import Index
from nomenklatura.matching import LogicV2, ScoringConfig
from nomenklatura.resolver import Linker
from nomenklatura.store.memory import MemoryStore

logging.disable(logging.WARNING)
PER_RECORD = 30  # pairs of the blocker, best first, that are scored
LEAST = 0.1
# Our properties that the model of FollowTheMoney has under another name, or not at all.
PROPERTIES = {"surname1": "lastName", "surname2": "", "marriedName": "lastName"}


def main(folder: Path) -> None:
    """Block, score, write the pairs."""
    frame = pd.read_parquet(folder / "records.parquet").fillna("")
    began, spent = time.perf_counter(), time.process_time()
    dataset = Dataset.make({"name": "bench", "title": "bench"})
    store = MemoryStore(dataset, Linker({}))
    entities = {}
    for record, rows in frame.groupby("record", sort=True):
        properties: dict[str, list[str]] = {}
        for prop, value in zip(rows["prop"], rows["value"], strict=True):
            name = PROPERTIES.get(prop, prop)
            if name:
                properties.setdefault(name, []).append(value)
        data = {"id": record, "schema": "Person", "properties": properties, "datasets": ["bench"]}
        entities[record] = StatementEntity.from_data(dataset, data, cleaned=False)
    with store.writer() as writer:
        for entity in entities.values():
            writer.add_entity(entity)
    index = Index(store.default_view(external=False), folder / "index")
    index.build()
    config = ScoringConfig.defaults()
    found, count = [], 0
    for (left, right), _ in index.pairs(max_pairs=PER_RECORD * len(entities)):
        count += 1
        score = LogicV2.compare(entities[left.id], entities[right.id], config).score
        if score >= LEAST:
            found.append((left.id, right.id, score))
    pd.DataFrame(found, columns=["left", "right", "score"]).to_parquet(folder / "nomenklatura.parquet", index=False)
    told = {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(time.process_time() - spent, 2),
        "candidates": count,
        "pairs": len(found),
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

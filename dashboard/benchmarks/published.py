"""``bench published``: the matcher on public sets that nobody of ours made, beside splink on the same records.

The sets are English and say other things than case files do, so what is shown is that the method carries over and that
no Iberian rule harms: a model is fitted to one half of the people (by a digest of who they are) and measured on the
other; splink, which needs no labels, works on that other half alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dashboard.benchmarks.figures import Figures, benchmark
from dashboard.commands.common import help_text
from graph.statement import Record, Statement

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.benchmarks.corpus import Corpus


class PublicSet(NamedTuple):
    """A public set: its file, splink's set-up for it, and how its columns are read.

    ``fields``: column → property that the matcher reads. ``number`` is a number of one kind for life, ``mark`` one that
    several may share, ``address`` one of e-mail, ``text`` any other word: what it is worth that they agree is learned.
    """

    file: str
    setup: str
    cluster: Callable[[pd.Series[Any]], str]
    id: str
    fields: dict[str, str]


def _febrl(row: pd.Series[Any]) -> str:
    return str(row["rec_id"]).strip().split("-")[1]


def _cluster(row: pd.Series[Any]) -> str:
    return str(row["cluster"])


_FEBRL = {
    "given_name": "firstName", "surname": "lastName", "date_of_birth": "birthDate", "soc_sec_id": "number",
    "postcode": "text", "street_number": "text",
}  # fmt: skip
SETS = {
    **{f"febrl{n}": PublicSet(f"febrl_dataset{n}.csv", "febrl", _febrl, "rec_id", _FEBRL) for n in (1, 2, 3)},
    "fake_1000": PublicSet(
        "fake_1000.csv", "fake_1000", _cluster, "unique_id",
        {"first_name": "firstName", "surname": "lastName", "dob": "birthDate", "email": "address", "city": "text"},
    ),
    "historical": PublicSet(
        "historical_figures_with_errors_50k.parquet", "historical", _cluster, "unique_id",
        {
            "full_name": "alias", "first_name": "firstName", "surname": "lastName", "dob": "birthDate",
            "postcode_fake": "mark", "birth_place": "text", "occupation": "text", "gender": "gender",
        },
    ),
}  # fmt: skip


@benchmark("published")
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=help_text("option.data"),
)
@click.option("--set", "names", multiple=True, type=click.Choice(sorted(SETS)), help=help_text("option.sets"))
@click.option("--most", default=8_000, show_default=True, type=click.IntRange(200), help=help_text("option.most"))
@click.option("--opponents/--no-opponents", default=True, show_default=True, help=help_text("option.opponents"))
def published(folder: Path, data: Path, names: tuple[str, ...], most: int, opponents: bool) -> Figures:
    """Each set: a model fitted to half of its people, our figures and splink's on the other half."""
    return {name: one(folder, data, SETS[name], most, opponents) for name in names or sorted(SETS)}


def one(folder: Path, data: Path, chosen: PublicSet, most: int, opponents: bool) -> dict[str, Any]:
    """The figures of one set, over at most ``most`` records for learning and as many for measuring."""
    from dashboard.benchmarks.identity import ours

    halves = _halves(table(data / chosen.file, chosen), most)
    learning, measuring = (corpus(half, chosen) for half in halves)
    told: dict[str, Any] = {"records": [len(learning.records), len(measuring.records)]}
    mine = ours(measuring, _fitted(learning))
    told["vinculo"] = {name: mine[name] for name in ("candidates", "pairs_best", "grouped", "bands", "cpu_seconds")}
    if opponents:
        told["splink"] = _splink(folder, halves[1], chosen, measuring)
    return told


def table(path: Path, chosen: PublicSet) -> pd.DataFrame:
    """The set as texts, empty where it says nothing; ``_who`` and ``unique_id`` added."""
    import pandas as pd

    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=str)
    frame = frame.rename(columns=str.strip).astype(object).fillna("").astype(str).map(str.strip)
    frame["_who"] = [chosen.cluster(row) for _, row in frame.iterrows()]
    frame["unique_id"] = frame[chosen.id]
    return frame.replace("nan", "")


def _halves(frame: pd.DataFrame, most: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two halves by a digest of who a record is, each cut to whole people of about ``most`` records."""
    digest = frame["_who"].map(lambda who: hashlib.sha256(who.encode()).hexdigest())
    frame = frame.assign(_digest=digest).sort_values(["_digest", "unique_id"], kind="stable")
    first = frame["_digest"].str[0] < "8"
    halves = []
    for half in (frame[first], frame[~first]):
        whole = half["_digest"].isin(half["_digest"].head(most).unique())
        halves.append(half[whole].drop(columns="_digest").reset_index(drop=True))
    return halves[0], halves[1]


def corpus(frame: pd.DataFrame, chosen: PublicSet) -> Corpus:
    """Records of a set, every one in a list of its own."""
    from dashboard.benchmarks.corpus import Corpus as Made

    records = [
        Record(row["unique_id"], "Person", "XX-SET", "XX", row["unique_id"], 1, "identity", tuple(_said(row, chosen)))
        for _, row in frame.iterrows()
    ]
    return Made(dict(zip(frame["unique_id"], frame["_who"], strict=True)), {}, records)


def _said(row: pd.Series[Any], chosen: PublicSet) -> Iterator[Statement]:
    for column, prop in chosen.fields.items():
        value = row[column]
        if not value:
            continue
        match prop:
            case "birthDate":
                yield Statement(prop, f"{value[:4]}-{value[4:6]}-{value[6:]}" if value.isdigit() else value)
            case "number":
                yield Statement("idNumber", value, form="es.dni", check="wellformed")  # any kind that is for life
            case "mark":
                yield Statement("idNumber", value, form=column, check="wellformed")
            case "address":  # of e-mail: the whole, and its two parts
                yield Statement("idNumber", value, form=column, check="wellformed")
                for part, text in zip(("name", "host"), value.split("@", 1), strict=False):
                    yield Statement("weakAlias", f"el {column} {part} {text}")
            case "text":
                yield Statement("weakAlias", f"el {column} {value}")  # an article first: a nickname, never a name
            case _:
                yield Statement(prop, value)
    names = [row[c] for c, prop in chosen.fields.items() if prop in ("firstName", "lastName") and row[c]]
    if names:
        yield Statement("name", " ".join(names))


def _fitted(learning: Corpus) -> Any:
    from importlib import resources

    import orjson

    from analytics.identity.model import load
    from analytics.identity.train import fit

    former = orjson.loads(resources.files("analytics.identity").joinpath("model.json").read_bytes())
    body = fit([learning.records], learning.who, former, sized_for=len(learning.records))
    return load(orjson.dumps(body))


def _splink(folder: Path, frame: pd.DataFrame, chosen: PublicSet, measuring: Corpus) -> dict[str, Any]:
    from dashboard.benchmarks.identity import opponent

    frame.replace("", None).drop(columns="_who").to_parquet(folder / "flat.parquet", index=False)
    return opponent(folder, "splink", measuring, 1, chosen.setup)

"""Fitting the model file: the command, reproducible bytes, cuts that hold what they promise, made-up relatives."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from pathlib import Path
from random import Random

import numpy as np
import orjson
import pandas as pd
import pytest
from click.testing import CliRunner

from analytics.identity import model, relatives, train
from analytics.identity.features import FIRM_FEATURES
from analytics.identity.frequencies import HIDDEN, frequencies, hidden, public_shares
from analytics.identity.match import match
from analytics.identity.names import parse
from analytics.identity.names.phonetics import key
from analytics.identity.reading import read
from graph.statement import Record, Statement

SHIPPED = resources.files("analytics.identity").joinpath("model.json").read_bytes()
GIVEN = "Ana Luis Marta Pedro Rosa Hugo Elena Raúl Julia Mario Teresa Bruno Nadia Óscar Irene Víctor".split()
STEMS = "Arr Bel Cort Dom Esc Fuent Gam Herr Ibar Jar Lam Mend Nog Orq Pal Quir Riv Sal Tor Urr Val Zub".split()
MIDDLES = "a e i o u an en in on un ar er".split()
ENDS = "eaga ante osa uelo igo ales ano istain iola etxe".split()


def word(draw: Random) -> str:
    return draw.choice(STEMS) + draw.choice(MIDDLES) + "b" + draw.choice(ENDS)


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eighty trees that learn fast fit as more do, in less time."""
    learner = train.learner
    quick = {"learning_rate": 0.15}
    monkeypatch.setattr(train, "learner", lambda features, trees=80: learner(features, 80).set_params(**quick))


def made(people: int = 240, firms: int = 120, seed: int = 5) -> tuple[list[Record], dict[str, str]]:
    """People with one to three records each, written with slips, and firms likewise; who each record is."""
    draw = Random(seed)
    records: list[Record] = []
    who: dict[str, str] = {}

    def add(schema: str, entity: str, statements: list[Statement]) -> None:
        owner = draw.choice(["AR-MPF", "BR-MPF", "CL-FN"])
        record = f"r{draw.getrandbits(64):016x}"
        who[record] = entity
        records.append(Record(record, schema, owner, owner[:2], owner, 1, "identity", tuple(statements)))

    for n in range(people):
        given, surnames = draw.choice(GIVEN), [word(draw), word(draw)]
        born = f"{draw.randrange(1950, 2000)}-{draw.randrange(1, 13):02d}-{draw.randrange(2, 29):02d}"
        for _ in range(draw.randrange(1, 4)):
            shown = surnames[: draw.choice([1, 2, 2])]
            name = f"{given} {' '.join(shown)}" if draw.random() < 0.5 else f"{' '.join(shown)}, {given}"
            statements = [Statement("name", name)]
            if draw.random() < 0.8:
                statements.append(Statement("birthDate", born if draw.random() < 0.9 else born[:4]))
            if draw.random() < 0.4:
                statements.append(Statement("idNumber", f"{70_000_000 + n}", form="ar.dni", check="wellformed"))
            add("Person", f"P{n}", statements)
    for n in range(firms):
        words = [word(draw), word(draw)]
        for _ in range(draw.randrange(1, 4)):
            statements = [Statement("name", f"{' '.join(words)} {draw.choice(['S.A.', 'SA', 'Ltda.'])}")]
            if draw.random() < 0.5:
                statements.append(Statement("taxNumber", f"3079{n:07d}", form="ar.cuit", check="valid"))
            add("Company", f"F{n}", statements)
    return records, who


def frame(records: list[Record]) -> pd.DataFrame:
    rows = [
        (r.id, r.schema, r.owner, r.country, r.dataset, s.prop, s.value, s.original, s.form, s.check, s.derived)
        for r in records
        for s in r.statements
    ]
    return pd.DataFrame(rows, columns=list(train.COLUMNS))


def test_the_command_fits_a_model_that_works_and_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    records, who = made()
    frame(records).to_parquet(tmp_path / "records.parquet")
    pd.DataFrame({"record": list(who), "entity": list(who.values())}).to_parquet(tmp_path / "truth.parquet")
    (tmp_path / "former.json").write_bytes(SHIPPED)
    files = []
    for n in range(2):
        out = tmp_path / f"model{n}.json"
        arguments = [f"--records={tmp_path}/records.parquet", f"--truth={tmp_path}/truth.parquet", f"--out={out}"]
        arguments.append(f"--former={tmp_path}/former.json")
        result = CliRunner().invoke(train.main, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        files.append(out.read_bytes())
    assert files[0] == files[1]
    fitted = model.load(files[0])
    assert result.output.startswith(fitted.version)
    fitted = fitted.sized(len(records))

    found = right = true = 0
    for seed in (6, 7, 8):
        others, truth = made(seed=seed)
        pairs = match([others], fitted).pairs
        found += len(pairs)
        right += sum(truth[p.left] == truth[p.right] for p in pairs)
        true += sum(n * (n - 1) // 2 for n in Counter(truth.values()).values())
    assert right / found > 0.9 and right / true > 0.85


def test_a_family_without_labels_keeps_its_former_part() -> None:
    records, who = made(firms=2)
    with pytest.raises(ValueError, match="firm"):
        train.fit([records], who, sized_for=len(records))
    former = orjson.loads(SHIPPED)
    body = train.fit([records], who, former, sized_for=len(records))
    assert body["firm"] == former["firm"] and body["person"] != former["person"]


def test_the_cut_for_merging_keeps_what_it_promises() -> None:
    draw = np.random.default_rng(1)
    score = draw.random(20_000)
    same = (draw.random(20_000) < score**0.1).astype(np.int8)  # precision rises with the score
    cut = train.precise_cut(score, same)
    assert same[score >= cut].mean() >= 0.99
    assert 0.5 < cut < 1
    assert train.precise_cut(score, np.zeros(20_000, dtype=np.int8)) == 1.0


def test_the_best_cut_is_the_best_by_trying_them_all() -> None:
    draw = np.random.default_rng(2)
    score = draw.random(300)
    same = (draw.random(300) < score).astype(np.int8)

    def f1(cut: float) -> float:
        chosen = score >= cut
        return float(2 * same[chosen].sum() / (chosen.sum() + same.sum()))

    cut, quality = train.best_cut(score, same)
    assert quality == pytest.approx(max(f1(x) for x in score)) and f1(cut) == pytest.approx(quality)


def test_relatives_are_somebody_else_and_resemble_someone() -> None:
    records, _ = made(people=900, firms=0)
    rows = [read(record, Counter()) for record in records]
    found = list(relatives.make(records, rows))
    assert found == list(relatives.make(records, rows))
    assert len(found) > 10
    known = {record.id for record in records}
    assert not known & {record.id for record in found}
    surnames = {frozenset(parse(record.values("name")[0]).surnames) for record in records}
    alike = sum(frozenset(parse(r.values("name")[0]).surnames) in surnames for r in found)
    assert alike >= 0.8 * len(found)
    originals = {(parse(r.values("name")[0]).normal, *r.values("birthDate")) for r in records}
    assert not originals & {(parse(r.values("name")[0]).normal, *r.values("birthDate")) for r in found}


def test_frequencies_are_the_larger_of_counted_and_published() -> None:
    from analytics.identity.table import build

    records = [
        Record(f"r{n}", "Person", "BR-MPF", "BR", "d", 1, "identity", (Statement("name", f"Ana Zubiaga {x}"),))
        for n, x in enumerate(STEMS * 3)
    ]
    words = frequencies(build([records]))
    assert words["shares"]["subiaga"] == 1.0
    assert words["countries"]["br"]["silba"] == pytest.approx(0.16)
    assert "cubiaga" not in words["shares"] and words["floor"] == pytest.approx(1 / len(records), rel=1e-3)


def test_a_part_of_the_words_is_hidden_while_fitting_but_no_published_one() -> None:
    from analytics.identity.table import build

    records, _ = made(people=900, firms=0)
    words = frequencies(build([records]))
    seen, published = hidden(words), public_shares()
    gone = words["shares"].keys() - seen["shares"].keys()
    counted = [sound for sound in words["shares"] if sound not in published]
    assert 0.5 / HIDDEN < len(gone) / len(counted) < 2 / HIDDEN
    assert not gone & published.keys()
    assert all(share <= 1.001 * words["shares"][sound] for sound, share in seen["shares"].items())
    assert hidden(words) == seen and not gone & {key(word) for word in seen["known"]}
    assert words["floor"] < words["unseen"] < 0.05


def test_the_size_moves_the_log_odds_and_pairs_count_for_what_they_are_worth() -> None:
    draw, features = np.random.default_rng(4), FIRM_FEATURES[:2]
    rows = draw.random((300, 2)).astype(np.float32)
    same, group = (draw.random(300) < rows[:, 0]).astype(np.int8), np.arange(300).astype(object)
    plain, *_ = train.fit_family(rows, same, group, features)
    moved, *_ = train.fit_family(rows, same, group, features, 1.5)
    assert moved["trees"]["base"] == pytest.approx(plain["trees"]["base"] - 1.5)
    assert moved["trees"]["value"] == plain["trees"]["value"] and moved["automatic"] == plain["automatic"]
    lighter, *_ = train.fit_family(rows, same, group, features, 0.0, np.where(same == 1, 1.0, 0.1))
    assert lighter["trees"]["base"] > plain["trees"]["base"] + 1


def test_statements_of_a_record_stand_together(tmp_path: Path) -> None:
    records, _ = made(people=3, firms=0)
    rows = frame(records)
    rows.to_parquet(tmp_path / "good.parquet")
    assert [r for chunk in train.read_records(tmp_path / "good.parquet", 2) for r in chunk] == records
    pd.concat([rows, rows.head(1)]).to_parquet(tmp_path / "bad.parquet")
    with pytest.raises(ValueError, match="stand apart"):
        list(train.read_records(tmp_path / "bad.parquet"))

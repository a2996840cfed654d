"""Each step of the matcher by itself, and what must hold of them together: order says nothing, other records say
nothing."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.identity import candidates, model, score
from analytics.identity.features import FIRM_FEATURES, PERSON_FEATURES
from analytics.identity.match import compare, match
from analytics.identity.model import shipped
from analytics.identity.reading import read, schemata
from analytics.identity.table import build, name_roots
from analytics.identity.trees import LEAVES, Trees
from graph.i18n import LANGUAGES, catalogue, t
from graph.identity import Pair
from graph.statement import Record, Statement

GIVEN = ("José Luis", "Pepe", "Ana", "Ana María", "João", "Juan", "Marta", "Rui")
SURNAMES = ("García López", "García", "López García", "Lecanda Prado", "Goncalves", "González Paz", "Paz de Gómez")


def person(name: str, owner: str = "AR-MPF", key: str = "", **props: str) -> Record:
    """A person; ``document`` is "form number check"."""
    statements = [Statement("name", name)]
    for prop, value in props.items():
        if prop == "document":
            form, number, check = value.split()
            statements.append(Statement("idNumber", number, form=form, check=check))
        else:
            statements.append(Statement(prop, value))
    return Record(
        key or f"r{abs(hash((name, owner))):x}", "Person", owner, owner[:2], "d", 1, "identity", tuple(statements)
    )


people = st.builds(
    lambda given, surnames, born, number, owner, sex, called, nation: person(
        f"{given} {surnames}",
        owner,
        **({"birthDate": born} if born else {}),
        **({"document": number} if number else {}),
        **({"gender": sex} if sex else {}),
        **({"weakAlias": called} if called else {}),
        **({"nationality": nation} if nation else {}),
    ),
    st.sampled_from(GIVEN),
    st.sampled_from(SURNAMES),
    st.sampled_from(["", "1980", "1980-05-12", "1980-12-05", "1982-01-01", "1983", "1988-05-12"]),
    st.sampled_from(["", "ar.dni 70111222 wellformed", "ar.dni 70111223 wellformed", "br.cpf 00011122233 valid"]),
    st.sampled_from(["AR-MPF", "BR-MPF"]),
    st.sampled_from(["", "male", "female"]),
    st.sampled_from(["", "", "El Zurdo", "El Surdo", "La Tía"]),
    st.sampled_from(["", "ar", "br"]),
)


def numbered(records: list[Record]) -> list[Record]:
    return [replace(record, id=f"r{n:03d}") for n, record in enumerate(records)]


@settings(max_examples=20)
@given(st.lists(people, min_size=2, max_size=12).map(numbered), st.randoms(use_true_random=False))
def test_order_of_records_chunks_and_statements_says_nothing(records: list[Record], random: object) -> None:
    first = match([records], shipped(), {})
    shuffled = [replace(r, statements=tuple(random.sample(r.statements, len(r.statements)))) for r in records]  # type: ignore[attr-defined]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = match([[r] for r in shuffled], shipped(), {})
    assert repr(first) == repr(again)


@settings(max_examples=12)
@given(st.lists(people, min_size=3, max_size=5).map(numbered))
def test_a_pair_is_a_function_of_its_two_records(records: list[Record]) -> None:
    """What else there is changes neither whether a pair is looked at, nor its score, state or reasons."""
    together = {(p.left, p.right): p for p in match([records], shipped(), {}).pairs}
    for a, b in combinations(records, 2):
        alone = match([[a, b]], shipped(), {}).pairs
        assert alone == ([together[a.id, b.id]] if (a.id, b.id) in together else [])


@settings(max_examples=20)
@given(people, people)
def test_scores_are_symmetric(one: Record, other: Record) -> None:
    there = match([[replace(one, id="a"), replace(other, id="b")]], shipped(), {}).pairs
    back = match([[replace(one, id="b"), replace(other, id="a")]], shipped(), {}).pairs
    assert [(p.score, p.state) for p in there] == [(p.score, p.state) for p in back]
    for p, q in zip(there, back, strict=True):
        assert [(r.feature, r.left, r.right, r.weight) for r in p.reasons] == [
            (r.feature, r.right, r.left, r.weight) for r in q.reasons
        ]


@settings(max_examples=20)
@given(st.lists(people, min_size=2, max_size=10).map(numbered))
def test_reasons_add_up_to_the_score_and_have_words(records: list[Record]) -> None:
    for pair in match([records], shipped(), {}).pairs:
        odds = math.log(pair.score / (1 - pair.score)) if pair.score < 1 else math.inf
        total = sum(reason.weight for reason in pair.reasons)
        assert 1 / (1 + math.exp(-total)) == pytest.approx(pair.score, abs=2e-3), odds
        for reason in pair.reasons:
            for language in LANGUAGES:
                assert t(f"reason.{reason.feature}", language, left=reason.left, right=reason.right)
        group = Counter(reason.feature.split(".")[0] for reason in pair.reasons)
        assert max(group.values()) == 1


def test_every_case_has_a_sentence_and_every_sentence_a_case() -> None:
    wanted = {f"reason.{group}.{case}" for group, cases in score.CASES.items() for case in cases} | {"reason.prior"}
    known = {key for key in catalogue() if key.startswith("reason.")}
    assert wanted == known
    assert set(score.GROUPS) == set(score.CASES)
    assert set(score.GROUP) == {*PERSON_FEATURES, *FIRM_FEATURES}


def test_a_name_is_no_proof_by_itself() -> None:
    """However rare it is: certain only with a number or a full date, and the reasons still add up."""

    def told(**props: str) -> Pair:
        two = [person("Ezequías Zubizarreta Lecanda", owner, key=owner, **props) for owner in ("AR-MPF", "UY-FGN")]
        return match([two], shipped()).pairs[0]

    assert 0.9 < told().score <= 0.97 and 0.9 < told(birthDate="1966").score <= 0.97
    assert told(birthDate="1966-04-02").score > 0.99
    assert told(document="ar.dni 70111222 wellformed").score > 0.98
    pair = told(birthDate="1966")
    total = sum(reason.weight for reason in pair.reasons)
    assert 1 / (1 + math.exp(-total)) == pytest.approx(pair.score, abs=2e-3)


def test_parts_of_trees_are_exact() -> None:
    rows = np.random.default_rng(3).normal(size=(500, len(PERSON_FEATURES))).astype(np.float32)
    rows[rows > 1.2] = np.nan
    trees = shipped().person.trees
    assert trees.expected + trees.parts(rows).sum(axis=1) == pytest.approx(trees.score(rows), abs=1e-9)
    one = np.concatenate([trees.score(rows[i : i + 1]) for i in range(20)])
    assert (one == trees.score(rows)[:20]).all()


def _walked(trees: Trees, row: NDArray[np.float32]) -> float:
    """A row's log-odds by walking down every tree, question by question."""
    total = trees.base
    for root in trees.start.tolist():
        node = root
        while trees.left[node] >= 0:
            value = row[trees.feature[node]]
            left = trees.missing[node] if np.isnan(value) else value <= trees.cut[node]
            node = (trees.left if left else trees.right)[node]
        total += float(trees.value[node])
    return total


def test_scores_are_those_of_walking_down_the_trees() -> None:
    """On values at, just above and far from the cuts, and missing ones; more rows than are scored together."""
    draw = np.random.default_rng(5)
    for trees, features in ((shipped().person.trees, PERSON_FEATURES), (shipped().firm.trees, FIRM_FEATURES)):
        rows = np.empty((1100, len(features)), dtype=np.float32)
        for f in range(len(features)):
            cuts = trees.cut[trees.feature == f].astype(np.float32)
            values = np.concatenate([cuts, np.nextafter(cuts, np.float32(np.inf)), np.float32([-9, 0, 99, np.nan])])
            rows[:, f] = draw.choice(values, len(rows))
        found = trees.score(rows)
        some = [0, 1, 511, 512, 1023, 1024, 1099, *draw.integers(0, len(rows), 60).tolist()]
        assert found[some].tolist() == [_walked(trees, rows[i]) for i in some]


def test_a_tree_of_too_many_leaves_is_refused() -> None:
    """A chain: each question's answer yes is a leaf."""
    count, most = 2 * LEAVES + 1, LEAVES
    inner = np.arange(count) % 2 == 0
    inner[-1] = False
    at = np.arange(count)
    nothing = np.zeros(count)
    left, right = np.where(inner, at + 1, -1), np.where(inner, at + 2, -1)
    chain = Trees(
        0.0, np.array([0]), nothing.astype(np.int16), nothing, left.astype(np.int32), right.astype(np.int32),
        nothing.astype(bool), nothing,
    )  # fmt: skip
    with pytest.raises(ValueError, match=f"at most {most}"):
        chain.score(np.zeros((1, 1), dtype=np.float32))


def test_a_cut_between_two_single_numbers_is_not_rounded_up() -> None:
    """0.1 as a single number is more than 0.1: it goes right of that cut, and only what is less goes left."""
    single = np.float32(0.1)
    assert float(single) > 0.1
    stump = Trees(
        0.0, np.array([0]), np.zeros(3, dtype=np.int16), np.array([0.1, 0, 0]), np.array([1, -1, -1], dtype=np.int32),
        np.array([2, -1, -1], dtype=np.int32), np.zeros(3, dtype=bool), np.array([0.0, 1.0, 2.0]),
    )  # fmt: skip
    rows = np.array([[single], [np.nextafter(single, np.float32(0))]], dtype=np.float32)
    assert stump.score(rows).tolist() == [2.0, 1.0]


def test_given_names_in_another_order_are_said_to_be() -> None:
    records = [person("Ramón Eduardo Prado Lecanda", key="a"), person("Eduardo Ramón Prado Lecanda", key="b")]
    (pair,) = match(
        [[replace(r, statements=(*r.statements, Statement("birthDate", "1966"))) for r in records]], shipped()
    ).pairs
    assert "given.swapped" in {reason.feature for reason in pair.reasons}


# --- candidates ---------------------------------------------------------------------------------------------------


@pytest.fixture
def _few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "_BLOCK", 3)


@pytest.mark.usefixtures("_few_at_a_time")
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(people, min_size=2, max_size=12).map(numbered))
def test_candidates_are_exactly_the_pairs_that_share_a_key(records: list[Record]) -> None:
    """Against the rule written out in Python, the count of what the caps dropped included."""
    chosen = replace(shipped(), caps={**{kind: 2e-4 for kind in shipped().caps}, "day": 5e-5})
    table = build([records])
    keys: list[set[tuple[str, str]]] = []
    dropped: list[set[tuple[str, str]]] = []
    for n in range(len(table)):
        first, last = table.names.starts[n], table.names.starts[n + 1]
        roots = sorted({root for parsed in table.parsed[first:last] for root in name_roots(parsed)})
        share = {root: chosen.share(root) for root in roots}
        mine: set[tuple[str, str]] = set()
        over: set[tuple[str, str]] = set()

        def put(
            kind: str, key: str, expected: float, mine: set[tuple[str, str]] = mine, over: set[tuple[str, str]] = over
        ) -> None:
            (over if expected > (5e-5 if kind == "day" else 2e-4) else mine).add((kind, key))

        first, last = table.documents.starts[n], table.documents.starts[n + 1]
        mine.update(("document", str(v)) for v in table.documents.columns["value"][first:last])
        first, last = table.nicknames.starts[n], table.nicknames.starts[n + 1]
        called = {str(text): chosen.rare(f"={text}") for text in table.nicknames.columns["text"][first:last]}
        for root in roots:
            put("word", root, share[root])
            for text, rare in called.items():
                put("nickname", f"{text} {root}", rare * share[root])
        for one, two in combinations(sorted(called), 2):
            put("nickname", f"{one} + {two}", called[one] * called[two])
        for row in range(table.births.starts[n], table.births.starts[n + 1]):
            y, m, d = (int(table.births.columns[c][row]) for c in ("year", "month", "day"))
            for text, rare in called.items():
                put("nickname", f"{text} {y}", rare / 45)
                if d:
                    put("nickname", f"{text} {y:04d}{min(m, d):02d}{max(m, d):02d}", rare / 15_000)
            if d:
                put("day", f"{y:04d}{min(m, d):02d}{max(m, d):02d}", 1 / 15_000)
            for root in roots if d else ():
                put("birth", f"{y:04d}{min(m, d):02d}{max(m, d):02d} {root}", share[root] / 15_000)
            for a, b in combinations(roots, 2):
                if share[a] * share[b] > 2e-4:
                    put("year", f"{y} {a} {b}", share[a] * share[b] / 45)
        first, last = table.nations.starts[n], table.nations.starts[n + 1]
        nations = table.nations.columns["code"][first:last]
        for a, b in combinations(roots, 2):
            put("words", f"{a} {b}", share[a] * share[b])
            for nation in nations if share[a] * share[b] > 2e-4 else ():
                put("nation", f"{nation} {a} {b}", share[a] * share[b] / 10)
        for trio in combinations(roots, 3):
            if all(share[x] * share[y] > 2e-4 for x, y in combinations(trio, 2)):
                put("three", " ".join(trio), math.prod(share[x] for x in trio))
        keys.append(mine)
        dropped.append(over)
    starts, years = table.births.starts, table.births.columns["year"]
    born = [years[starts[n] : starts[n + 1]].tolist() for n in range(len(table))]
    month, day = table.births.columns["month"], table.births.columns["day"]
    days = [sorted((int(month[n]), int(day[n]))) for n in range(len(month))]

    def compared(a: int, b: int) -> bool:
        """Whether the ages of two records under one key let them be one, or that key is worth more than an age."""
        apart = len(born[a]) == len(born[b]) == 1 and abs(born[a][0] - born[b][0]) > 2
        apart = apart and not (days[starts[a]] == days[starts[b]] and day[starts[a]])
        return any(not apart or kind in ("document", "nickname") for kind, _ in keys[a] & keys[b])

    found = candidates.find(table, chosen)
    expected = {(a, b) for a, b in combinations(range(len(table)), 2) if compared(a, b)}
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) == expected
    lost = Counter(kind for a, b in combinations(dropped, 2) for kind, _ in a & b)
    assert found.dropped == dict(lost)
    some = np.arange(0, len(table), 3)
    asked = candidates.find(table, chosen, some)
    assert set(zip(asked.left.tolist(), asked.right.tolist(), strict=True)) == {
        (a, b) for a, b in expected if not a % 3 or not b % 3
    }
    told = Counter(
        kind
        for a, b in combinations(range(len(table)), 2)
        if not a % 3 or not b % 3
        for kind, _ in dropped[a] & dropped[b]
    )
    assert asked.dropped == dict(told)


def test_the_over_common_list_of_the_model_is_obeyed() -> None:
    records = [
        person("Ana Prado Lecanda", key="a", birthDate="1900-01-01"),
        person("Ana Ruiz Moya", key="b", birthDate="1900-01-01"),
    ]
    table = build([records])
    assert len(candidates.find(table, shipped()).left) == 1
    listed = replace(shipped(), common=frozenset({("birth", "19000101 ana"), ("day", "19000101")}))
    found = candidates.find(table, listed)
    assert len(found.left) == 0 and found.dropped["birth"] == 1


def test_a_model_for_more_records_uses_fewer_keys_and_scores_lower() -> None:
    """The declared size moves every log-odds by one and the same step, and a key's greatest share with it."""
    whole = shipped()
    larger = whole.sized(10 * whole.size)
    assert larger.sized(whole.size).caps == pytest.approx(dict(whole.caps)) and whole.sized(whole.size) is whole
    assert larger.version != whole.version
    records = [person(f"Ana Prado {s}", key=s, birthDate="1980-05-12") for s in ("Lecanda", "Lecanda Ruiz", "")]
    one, other = compare([records], whole), compare([records], larger)
    assert len(one.score) == len(other.score) == 3
    odds = [np.log(s.scores[0] / (1 - s.scores[0])) for s in (one, other)]
    assert odds[0] - odds[1] == pytest.approx(math.log(10), abs=0.02)
    for kind, cap in whole.caps.items():
        assert larger.caps[kind] == pytest.approx(cap / 10)


def test_a_name_not_in_the_file_is_no_key_by_itself_where_it_may_be_common() -> None:
    records = [person("Xandor Qwist", key="a"), person("Yelva Qwist", key="b")]
    table = build([records])
    assert "Qwist".lower() not in shipped().shares
    assert not len(candidates.find(table, shipped()).left)
    assert len(candidates.find(table, shipped().sized(500)).left) == 1


def test_evidence_below_the_cut_is_not_kept_but_every_pair_is_told() -> None:
    records = [person(f"{g} {s}", key=f"{g}{s}", birthDate="1980-05-12") for g in GIVEN for s in SURNAMES]
    every, some = compare([records], shipped()), compare([records], shipped(), 0.2)
    assert (every.score == some.score).all() and (every.left == some.left).all()
    kept = sum(len(e.rows) for e in some.evidence)
    assert kept == (every.score >= 0.2).sum() < sum(len(e.rows) for e in every.evidence) == len(every.score)


def test_too_many_candidates_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from graph.errors import LimitExceeded

    monkeypatch.setattr(candidates, "MOST_PAIRS_PER_RECORD", 0)
    monkeypatch.setattr(candidates, "LEAST_LIMIT", 2)
    records = [person("Ana Prado Lecanda", key=f"{n}") for n in range(4)]
    with pytest.raises(LimitExceeded, match="model fit"):
        candidates.find(build([records]), shipped())
    with pytest.raises(LimitExceeded, match="model fit"):
        candidates.find(build([records]), shipped(), np.array([1]))
    far = [person("Ana Prado Lecanda", key=f"{n}") for n in range(3)] + [person("Xandor Qwist", key="x")]
    table = build([far])
    assert not len(candidates.find(table, shipped(), np.array([table.ids.index("x")])).left)


# --- what is read ---------------------------------------------------------------------------------------------------


def test_only_identity_level_content_is_read() -> None:
    """A phone, an address or a note changes nothing: whoever is shown the reasons sees no more than identity."""
    plain = person("Ana Prado Lecanda", birthDate="1980-05-12")
    more = replace(
        plain,
        statements=(
            *plain.statements,
            Statement("phone", "+5491100000001"),
            Statement("address", "Calle 1"),
            Statement("notes", "x"),
        ),
    )
    assert read(plain, Counter()) == read(more, Counter())


def test_placeholders_are_counted_and_left_out() -> None:
    record = person("N.N.", document="ar.dni 00000000 wellformed")
    unusable: Counter[str] = Counter()
    row = read(record, unusable)
    assert not row.names and not row.documents and unusable == {"names": 1, "documents": 1}


def test_a_nickname_is_no_name() -> None:
    row = read(person("Ana Prado", alias="La Tana", weakAlias="Prado, Anita"), Counter())
    assert row.nicknames == ["la tana"] and [name[0] for name in row.names] == ["Ana Prado", "Prado, Anita"]


def test_schemata_to_match_are_people_and_organisations() -> None:
    assert set(schemata()) >= {"Person", "Company", "Organization", "LegalEntity", "PublicBody"}
    assert "Vehicle" not in schemata() and "Ownership" not in schemata()


def test_a_person_is_never_a_company() -> None:
    company = Record("b", "Company", "BR-MPF", "BR", "d", 1, "identity", (Statement("name", "Ana Prado Lecanda"),))
    assert not match([[person("Ana Prado Lecanda", key="a"), company]], shipped(), {}).pairs


# --- automatic ------------------------------------------------------------------------------------------------------

SURE = {"birthDate": "1980-05-12", "document": "ar.dni 70111222 wellformed"}


def state(left: Record, right: Record, **settings: tuple[str, ...]) -> str:
    named = {owner.replace("_", "-"): grounds for owner, grounds in settings.items()}
    pairs = match([[replace(left, id="a"), replace(right, id="b")]], shipped(), named).pairs
    return pairs[0].state if pairs else "none"


def test_across_owners_document_name_and_birth_date_must_agree_by_default() -> None:
    here, there = person("Ana Prado Lecanda", **SURE), person("Ana Prado Lecanda", "BR-MPF", **SURE)
    assert state(here, there) == "automatic"
    for left_out in SURE:
        rest = {prop: value for prop, value in SURE.items() if prop != left_out}
        assert state(here, person("Ana Prado Lecanda", "BR-MPF", **rest)) == "proposed"


def test_both_owners_must_allow_more() -> None:
    here = person("Ana Prado Lecanda", birthDate="1980-05-12", document="ar.dni 70111222 wellformed")
    there = person("Ana Prado Lecanda", "BR-MPF", document="ar.dni 70111222 wellformed")
    assert state(here, there, AR_MPF=("score",)) == "proposed"
    assert state(here, there, AR_MPF=("score",), BR_MPF=("score",)) == "automatic"
    assert state(here, there, AR_MPF=("document+name",), BR_MPF=("score",)) == "automatic"
    assert state(here, there, AR_MPF=(), BR_MPF=("score",)) == "proposed"


def test_within_one_owner_name_and_birth_date_are_enough() -> None:
    one, two = person("Ana Prado Lecanda", birthDate="1980-05-12"), person("LECANDA, Ana Prado", birthDate="1980-05-12")
    assert state(one, person("PRADO LECANDA, Ana", birthDate="1980-05-12")) == "automatic"
    assert state(one, two) != "automatic"


@pytest.mark.parametrize(
    "change",
    [
        {"birthDate": "1981-06-13"},
        {"birthDate": "1980-12-05"},
        {"gender": "male"},
        {"document": "ar.dni 79999888 wellformed"},
        {"name": "Ana Prado Lecanda (h)"},
        {"name": "Eva Prado Lecanda"},
        {"name": "Ana Lecanda Prado"},
        {"name": "Luisa Ana Prado Lecanda", "mine": "Ana Luisa Prado Lecanda"},
    ],
)
def test_whatever_speaks_against_forbids_it(change: dict[str, str]) -> None:
    props = {**SURE, "gender": "female", **{k: v for k, v in change.items() if k not in ("name", "mine")}}
    other = person(change.get("name", "Ana Prado Lecanda"), **props)
    mine = person(change.get("mine", "Ana Prado Lecanda"), **SURE, gender="female")
    assert state(mine, other) != "automatic"
    everything = ("score", "document+name", "name+birth", "document+birth", "document", "name", "birth")
    abroad = replace(other, owner="BR-MPF")
    assert state(mine, abroad, AR_MPF=("score",), BR_MPF=("score",)) != "automatic"
    assert change.get("name") or state(mine, abroad, AR_MPF=everything, BR_MPF=everything) != "automatic"


def test_a_stated_parent_completes_a_name_that_leaves_a_surname_out() -> None:
    def surnames(owner: str, **said: str) -> list[tuple[str, ...]]:
        record = Record("r", "Person", owner, owner[:2], "d", 1, "identity", tuple(Statement(*s) for s in said.items()))
        return [name.surnames for _, _, name in read(record, Counter()).names]  # type: ignore[union-attr]

    assert surnames("AR-MPF", name="Ana Prado", motherName="Rosa Lecanda Ruiz") == [("prado", "lecanda")]
    assert surnames("BR-MPF", name="Ana Prado", motherName="Rosa Ruiz Lecanda") == [("lecanda", "prado")]
    assert surnames("BR-MPF", name="Ana Lecanda", fatherName="Rui Souza") == [("lecanda", "souza")]
    assert surnames("AR-MPF", name="Ana Prado", fatherName="Juan Prado") == [("prado",)]
    assert surnames("AR-MPF", name="Ana Prado Paz", motherName="Rosa Lecanda") == [("prado", "paz")]
    assert surnames("AR-MPF", name="Ana", motherName="Rosa Lecanda") == [()]


# --- model ----------------------------------------------------------------------------------------------------------


def test_the_model_file_is_json_and_its_version_names_its_content() -> None:
    from importlib import resources

    data = resources.files("analytics.identity").joinpath("model.json").read_bytes()
    body = orjson.loads(data)
    assert model.version(body) == body["version"] == shipped().version
    body["person"]["proposed"] += 0.01
    assert model.load(orjson.dumps(body)).version != shipped().version
    body["format"] = 99
    with pytest.raises(ValueError, match="format"):
        model.load(orjson.dumps(body))
    assert shipped().person.features == PERSON_FEATURES and shipped().firm.features == FIRM_FEATURES


def test_better_agreement_never_lowers_a_score() -> None:
    """The direction of a feature is fixed at fitting: seen on rows of real comparisons, one feature moved at a time."""
    from analytics.identity.train import DIRECTION

    records = [
        person(f"{g} {s}", key=f"{n:02d}", birthDate="1980-05-12")
        for n, (g, s) in enumerate((g, s) for g in GIVEN for s in SURNAMES)
    ]
    rows = compare([records], shipped()).evidence[0].rows
    trees = shipped().person.trees
    base = trees.score(rows)
    for position, name in enumerate(PERSON_FEATURES):
        if DIRECTION.get(name):
            moved = rows.copy()
            moved[:, position] += 1
            there = ~np.isnan(rows[:, position])
            assert (DIRECTION[name] * (trees.score(moved) - base)[there] >= -1e-6).all(), name

"""splink 5 on DuckDB, set up as its documentation advises: run by ``vinculo bench identity`` in an environment of its
own. Usage: with_splink.py FOLDER SETUP THREADS; reads FOLDER/flat.parquet, writes FOLDER/splink.parquet."""

import json
import logging
import sys
import time
from pathlib import Path

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

logging.getLogger("splink").setLevel(logging.ERROR)
LEAST = 0.02  # match probability below which pairs are not written

# Per set-up: comparisons, blocking rules, deterministic rules with their assumed recall, blocking rules of EM's passes.
SETUPS = {
    "people": (
        [
            cl.NameComparison("given").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname1").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname2").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("birth", input_is_string=True),
            cl.ArrayIntersectAtSizes("documents", [1]),
            cl.ExactMatch("sex"),
        ],
        [
            block_on("surname1", "birth"),
            block_on("given", "birth"),
            block_on("given", "surname1", "surname2"),
            block_on("surname1", "surname2", "substr(given, 1, 1)"),
            block_on("given", "surname1", "substr(birth, 1, 4)"),
            block_on("sound1", "sound_given", "substr(birth, 1, 4)"),
            block_on("sound1", "sound2", "sound_given"),
            block_on("surname2", "given", "substr(birth, 1, 4)"),
            block_on("documents", arrays_to_explode=["documents"]),
        ],
        (
            ["l.given = r.given and l.surname1 = r.surname1 and l.birth = r.birth", "l.documents[1] = r.documents[1]"],
            0.4,
        ),
        [block_on("given", "surname1"), block_on("birth")],
    ),
    "fake_1000": (
        [
            cl.NameComparison("first_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        [
            block_on("first_name"),
            block_on("surname"),
            block_on("dob"),
            block_on("email"),
        ],
        (["l.first_name = r.first_name and levenshtein(r.dob, l.dob) <= 1", "l.email = r.email"], 0.7),
        [block_on("first_name", "surname"), block_on("dob")],
    ),
    "febrl": (
        [
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
        [
            block_on("soc_sec_id"),
            block_on("given_name", "surname"),
            block_on("date_of_birth"),
            block_on("surname", "postcode"),
            block_on("given_name", "postcode"),
            block_on("street_number", "postcode"),
        ],
        (["l.soc_sec_id = r.soc_sec_id", "l.given_name = r.given_name and l.surname = r.surname"], 0.8),
        [block_on("date_of_birth"), block_on("postcode")],
    ),
    "historical": (
        [
            cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name="first_and_surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
        [
            block_on("first_name", "surname"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(first_name,1,3)", "substr(surname,1,4)", "substr(dob,1,4)"),
            block_on("dob", "postcode_fake"),
        ],
        (["l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob"], 0.6),
        [block_on("first_name", "surname"), block_on("dob")],
    ),
}


def main(folder: Path, setup: str, threads: int) -> None:
    """Train without labels, predict, write the pairs."""
    began, spent = time.perf_counter(), time.process_time()
    comparisons, blocking, (sure, recall), passes = SETUPS[setup]
    connection = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": "4GB"})
    connection.execute("CREATE TABLE flat AS SELECT * FROM read_parquet(?)", [str(folder / "flat.parquet")])
    api = DuckDBAPI(connection=connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=blocking,
        retain_matching_columns=False,
    )
    linker = Linker(api.register("flat"), settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match(sure, recall=recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in passes:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    trained = time.perf_counter()
    found = linker.inference.predict(threshold_match_probability=LEAST)
    wanted = "unique_id_l AS left, unique_id_r AS right, match_probability AS score"
    pairs = connection.table(found.physical_name).project(wanted)
    pairs.write_parquet(str(folder / "splink.parquet"))
    told = {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(time.process_time() - spent, 2),
        "training_seconds": round(trained - began, 2),
        "pairs": len(pairs),
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))

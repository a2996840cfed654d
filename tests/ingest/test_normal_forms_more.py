"""Normal forms of places, routes, durations, wallets, machine-readable zones; and the law that twice is once."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.normalise.accounts import normal_bic, normal_wallet
from ingest.normalise.agreement import agrees
from ingest.normalise.crypto import chains, eip55, keccak256
from ingest.normalise.documents import normal_document
from ingest.normalise.durations import normal_duration
from ingest.normalise.mrz import mrz_digit, normal_mrz, read_zone
from ingest.normalise.places import airports, find_place, normal_mode, normal_place, ports
from ingest.normalise.routes import split_route

PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("95", "95"), ("00:01:35", "95"), ("1:35", "95"), ("90:00", "5400"), ("1 min 35 s", "95"), ("2 horas", "7200"),
        ("1h 5m", "3900"), ("35 seg.", "35"), ("95,0", "95"), ("00:00:00", "0"), ("1:75", None), ("nunca", None),
        ("", None), ("-5", None),
    ],
)  # fmt: skip
def test_durations(text, seconds):
    found = normal_duration(text)
    assert (found.value if found else None) == seconds


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("Guayaquil", "", "ECGYE"),
        ("Puerto de Guayaquil", "", "ECGYE"),
        ("EC GYE", "", "ECGYE"),
        ("ECGYE", "", "ECGYE"),
        ("Amberes", "", "BEANR"),
        ("ANTUÉRPIA", "", "BEANR"),
        ("Róterdam", "", "NLRTM"),
        ("Colón, Panamá", "", "PAONX"),
        ("Colón", "PA", "PAONX"),
        ("Santos (BR)", "", "BRSSZ"),
        ("El Callao", "PE", "PECLL"),
        ("Manzanillo", "MX", "MXZLO"),
        ("Manzanillo", "", ""),  # Mexico, Panama, Dominican Republic: no code is better than a wrong one
        ("Cartagena", "", ""),
        ("GRU", "", "GRU"),
        ("Guarulhos (GRU)", "", "GRU"),
        ("Sinaloa", "MX", "MX-SIN"),
        ("ninguna parte", "", ""),
        ("S/D", "", ""),
    ],
)
def test_places(text, country, code):
    found = find_place(text, country)
    assert (found.code if found else "") == code


def test_a_place_stays_as_written_and_its_port_is_told_beside():
    found = normal_place("Amberes, Bélgica")
    assert found.value == "Amberes, Bélgica" and [(d.prop, d.value) for d in found.derived] == [("placeCode", "BEANR")]
    assert normal_place("Villa Ficticia").derived == () and normal_place("no consta") is None
    assert len(ports()) > 1600 and len(airports()) > 7000


@pytest.mark.parametrize(
    ("text", "mode"),
    [("MARÍTIMO", "sea"), ("vía aérea", "air"), ("Rodoviário", "road"), ("buque", "sea"), ("?", None),
     ("terrestre y marítimo", None)],
)  # fmt: skip
def test_modes(text, mode):
    found = normal_mode(text)
    assert (found.value if found else None) == mode


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Guayaquil–Colón–Amberes", ("Guayaquil", "Colón", "Amberes")),
        ("Guayaquil -> Colón -> Amberes", ("Guayaquil", "Colón", "Amberes")),
        ("Santos - Lisboa", ("Santos", "Lisboa")),
        ("Guayaquil-Santos", ("Guayaquil", "Santos")),
        ("Port-au-Prince", ()),
        ("Guayaquil → Amberes (vía Colón)", ("Guayaquil", "Colón", "Amberes")),
        ("desde Villa Una hasta Villa Dos vía Villa Tres y Villa Cuatro",
         ("Villa Una", "Villa Tres", "Villa Cuatro", "Villa Dos")),
        ("de Santos a Amberes", ("Santos", "Amberes")),
        ("carta a Juan", ()),
        ("Guayaquil", ()),
        ("no consta", ()),
    ],
)  # fmt: skip
def test_routes_told_in_one_line(text, places):
    assert split_route(text) == places


@pytest.mark.parametrize(
    ("text", "form", "check"),
    [
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "eth", "valid"),  # examples of EIP-55
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "eth", "wrong"),
        ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "eth", "wellformed"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "trx", "valid"),
        ("DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L", "doge", "valid"),
        ("LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1", "ltc", "valid"),
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "btc", "valid"),  # BIP 173
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "btc", "valid"),  # BIP 350
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj1", "btc", "wrong"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u", "", "unknown"),
    ],
)
def test_wallets(text, form, check):
    found = normal_wallet(text)
    assert (found.form, found.check) == (form, check)


def test_keccak():
    """Published: of nothing, and of more than one block by a sponge of two steps."""
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"abc").hex() == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
    assert len(keccak256(bytes(500))) == 32 and eip55("0" * 40) == "0" * 40 and set(chains()) >= {"btc", "trx"}


def test_a_passports_zone_says_what_it_says():
    found = normal_mrz(PASSPORT)
    assert {d.prop: d.value for d in found.derived} == {
        "passportNumber": "L898902C3", "lastName": "ERIKSSON", "firstName": "ANNA MARIA", "birthDate": "1974-08-12",
        "gender": "female",
    }  # fmt: skip
    assert normal_mrz(PASSPORT.replace("7408122", "7408123")).derived == ()
    zone = read_zone(PASSPORT)
    assert zone.kind == "TD3" and zone.expiry == "120415" and mrz_digit("L898902C3") == "6"


def test_labels_with_accents_and_bars():
    assert normal_document("CPF/MF nº 390.533.447-05", "br.cpf").value == "39053344705"
    assert normal_document("Cédula 123456", "co.cc").value == "123456"
    assert normal_document("A-1 1234567", "gt.cedula").value == "A1-1234567"  # the letter tells the department


def test_agreement_of_dates():
    assert agrees("1980-05-12", ["1980"]) and agrees("1980-05-12", []) and agrees("1980", ["1980-05-12"])
    assert not agrees("1980-05-12", ["1980-05-13", "1981"])


FUNCTIONS = [normal_duration, normal_place, normal_mode, normal_bic, normal_wallet, normal_mrz]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
@given(
    text=st.one_of(
        st.text(max_size=40),
        st.text("0123456789:hms '\".,", max_size=12),
        st.text("abcdefABCDEF0123456789xLTD13bc", min_size=20, max_size=44),
        st.text("ABCP<0123456789\n", min_size=70, max_size=90),
    )
)
@example(text=PASSPORT)
@example(text="0X" + "aB" * 20)
def test_twice_is_once(function, text):
    found = function(text)
    if found is not None:
        again = function(found.value)
        assert again is not None and (again.value, again.form, again.check) == (found.value, found.form, found.check)


@given(st.text(max_size=60))
def test_any_text_has_a_route_or_none(text):
    places = split_route(text)
    assert places == () or (len(places) > 1 and all(p.strip() for p in places))

"""Identity documents: a table of real forms, good and bad, for every form of every country, and what they tell of
others."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.normalise.checkdigits import pa_ruc_digits
from ingest.normalise.derive import RULES
from ingest.normalise.documents import forms, forms_for, normal_document
from ingest.normalise.result import UNKNOWN, VALID, WELLFORMED, WRONG

# form: as written, normal form, state. Numbers with a check digit are made up or published examples (stdnum's
# docstrings, the entries of the public OFAC list, the worked examples of the registers).
TABLE = [
    ("ar.dni", "12.345.678", "12345678", WELLFORMED),
    ("ar.dni", "DNI 5.123.456", "5123456", WELLFORMED),
    ("ar.dni", "LE N° 4123456", "4123456", WELLFORMED),
    ("ar.dni", "123.456", "123456", WRONG),
    ("ar.dni", "F12345678", "F12345678", WRONG),
    ("ar.cuit", "20-05536168-2", "20055361682", VALID),
    ("ar.cuit", "CUIT: 20 05536168 2", "20055361682", VALID),
    ("ar.cuil", "20055361682", "20055361682", VALID),
    ("ar.cuit", "20-05536168-3", "20055361683", WRONG),
    ("ar.cuit", "99-05536168-2", "99055361682", WRONG),
    ("bo.ci", "4567890 LP", "4567890LP", WELLFORMED),
    ("bo.ci", "4567890-1A SC", "45678901ASC", WELLFORMED),
    ("bo.ci", "123", "123", WRONG),
    ("bo.nit", "2970301015", "2970301015", WELLFORMED),
    ("bo.nit", "29703", "29703", WRONG),
    ("br.cpf", "390.533.447-05", "39053344705", VALID),
    ("br.cpf", "CPF nº 390.533.447-05", "39053344705", VALID),
    ("br.cpf", "1234567890", "01234567890", VALID),
    ("br.cpf", "231.002.999-00", "23100299900", WRONG),
    ("br.cpf", "39053344", "39053344", WRONG),
    ("br.cnpj", "16.727.230/0001-97", "16727230000197", VALID),
    ("br.cnpj", "12.ABC.345/01DE-35", "12ABC34501DE35", VALID),
    ("br.cnpj", "16.727.230.0001-98", "16727230000198", WRONG),
    ("br.rg", "12.345.678-X", "12345678X", WELLFORMED),
    ("br.titulo", "1023 8501 0671", "102385010671", VALID),
    ("br.titulo", "1023 8501 0672", "102385010672", WRONG),
    ("br.pis", "120.5641.454-5", "12056414545", WRONG),
    ("br.pis", "120.0000.000-0", "12000000000", WRONG),
    ("br.cnh", "02650306461", "02650306461", VALID),
    ("br.cnh", "02650306462", "02650306462", WRONG),
    ("cl.rut", "76.086.428-5", "760864285", VALID),
    ("cl.run", "012.531.909-2", "125319092", VALID),
    ("cl.rut", "RUT 12531909-2", "125319092", VALID),
    ("cl.rut", "12531909-3", "125319093", WRONG),
    ("co.cc", "C.C. 6.068.015", "6068015", WELLFORMED),
    ("co.cc", "12", None, None),
    ("co.cc", "12345678901", "12345678901", WRONG),
    ("co.ce", "345678", "345678", WELLFORMED),
    ("co.ti", "1012345678", "1012345678", WELLFORMED),
    ("co.ppt", "1234567", "1234567", WELLFORMED),
    ("co.nit", "213.123.432-1", "2131234321", VALID),
    ("co.nit", "890115794-3", "8901157943", VALID),
    ("co.nit", "890.115.794", "8901157943", VALID),
    ("co.nit", "2131234325", "2131234325", WRONG),
    ("cr.cedula", "3-0455-0175", "304550175", WELLFORMED),
    ("cr.juridica", "3-101-999999", "3101999999", WELLFORMED),
    ("cr.dimex", "155812994816", "155812994816", WELLFORMED),
    ("cr.dimex", "955812994816", "955812994816", WRONG),
    ("cu.ni", "91021027775", "91021027775", VALID),
    ("cu.ni", "9102102777A", "9102102777A", WRONG),
    ("do.cedula", "001-1391820-5", "00113918205", VALID),
    ("do.cedula", "001-1391820-9", "00113918209", WRONG),
    ("do.rnc", "1-01-85004-3", "101850043", VALID),
    ("do.rnc", "1018A0043", "1018A0043", WRONG),
    ("ec.ci", "171430710-3", "1714307103", VALID),
    ("ec.cedula", "171430710-4", "1714307104", WRONG),
    ("ec.ruc", "1792060346-001", "1792060346001", VALID),
    ("ec.ruc", "1763154690001", "1763154690001", WRONG),
    ("sv.dui", "00016297-5", "000162975", VALID),
    ("sv.dui", "00016297-6", "000162976", WRONG),
    ("sv.nit", "0614-050707-104-8", "06140507071048", VALID),
    ("sv.nit", "0614-050707-104-0", "06140507071040", WRONG),
    ("gt.cui", "1995 73956 0513", "1995739560513", VALID),
    ("gt.dpi", "1995739570513", "1995739570513", WRONG),
    ("gt.nit", "576937-K", "576937K", VALID),
    ("gt.nit", "7108-0", "71080", VALID),
    ("gt.nit", "8977112-0", "89771120", WRONG),
    ("gt.cedula", "R-19 4478", "R19-4478", WELLFORMED),
    ("gt.cedula", "r19 3934", "R19-3934", WELLFORMED),
    ("gt.cedula", "Z-19 4478", "Z-194478", WRONG),
    ("hn.identidad", "0103-1975-00009", "0103197500009", WELLFORMED),
    ("hn.dni", "2003-1975-00009", "2003197500009", WRONG),
    ("hn.rtn", "0501-9005-483678", "05019005483678", WELLFORMED),
    ("mx.curp", "BOXW310820HNERXN09", "BOXW310820HNERXN09", VALID),
    ("mx.curp", "boxw 310820 hnerxn09", "BOXW310820HNERXN09", VALID),
    ("mx.curp", "BOXW310820HNERXN08", "BOXW310820HNERXN08", WRONG),
    ("mx.curp", "BOXW310820HNERXN0", "BOXW310820HNERXN0", WRONG),
    ("mx.rfc", "GODE 561231 GR8", "GODE561231GR8", VALID),
    ("mx.rfc", "MAB-930714-8T4", "MAB9307148T4", VALID),
    ("mx.rfc", "GODE561231", "GODE561231", WELLFORMED),
    ("mx.rfc", "GODE561231GR9", "GODE561231GR9", WRONG),
    ("mx.rfc", "ITC-910503", "ITC910503", WELLFORMED),
    ("mx.rfc", "ITC-911303", "ITC911303", WRONG),
    ("mx.rfc", "GODE561331GR8", "GODE561331GR8", WRONG),
    ("mx.elector", "GMVLMR80070501M100", "GMVLMR80070501M100", WELLFORMED),
    ("mx.elector", "GMVLMR80070501X100", "GMVLMR80070501X100", WRONG),
    ("ni.cedula", "001-010180-0000A", "0010101800000A", WRONG),
    ("ni.ruc", "J0310000000001", "J0310000000001", WELLFORMED),
    ("pa.cedula", "8-123-456", "8-123-456", WELLFORMED),
    ("pa.cip", "N-19-612", "N-19-612", WELLFORMED),
    ("pa.cedula", "PE-12-345", "PE-12-345", WELLFORMED),
    ("pa.cedula", "8123456", "8123456", WRONG),
    ("pa.ruc", "581123-1-448204-93", "581123-1-448204", VALID),
    ("pa.ruc", "RUC 581123-1-448204 DV 93", "581123-1-448204", VALID),
    ("pa.ruc", "556350-1-444254-07", "556350-1-444254", VALID),
    ("pa.ruc", "581123-1-448204-94", "581123-1-448204", WRONG),
    ("pa.ruc", "1476422-1-642962", "1476422-1-642962", WELLFORMED),
    ("py.ci", "4.123.456", "4123456", WELLFORMED),
    ("py.ci", "C.I. Nº 412", "412", WRONG),
    ("py.ruc", "80028061-0", "800280610", VALID),
    ("py.ruc", "9991603-4", "99916034", WRONG),
    ("pe.dni", "07552116", "07552116", WELLFORMED),
    ("pe.dni", "7552116", "07552116", WELLFORMED),
    ("pe.cui", "10117410-2", "10117410", WELLFORMED),
    ("pe.dni", "755211", "00755211", WELLFORMED),
    ("pe.dni", "7552116A1", "7552116A1", WRONG),
    ("pe.ruc", "20512333797", "20512333797", VALID),
    ("pe.ruc", "20512333798", "20512333798", WRONG),
    ("pt.cc", "00000000 0 ZZ4", "000000000ZZ4", VALID),
    ("pt.cc", "00000000 0 ZZ5", "000000000ZZ5", WRONG),
    ("pt.bi", "1234567", "1234567", WELLFORMED),
    ("pt.nif", "PT 501 964 843", "501964843", VALID),
    ("pt.nipc", "501 964 842", "501964842", WRONG),
    ("es.dni", "54362315-K", "54362315K", VALID),
    ("es.dni", "54362315Z", "54362315Z", WRONG),
    ("es.dni", "1234567L", "01234567L", VALID),
    ("es.nie", "X-2482300-W", "X2482300W", VALID),
    ("es.nie", "X2482300A", "X2482300A", WRONG),
    ("es.nif", "54362315K", "54362315K", VALID),
    ("es.nif", "ES A 13 585 625", "A13585625", VALID),
    ("es.nif", "M-1234567-L", "M1234567L", VALID),
    ("es.nif", "J99216583", "J99216583", WRONG),
    ("es.cif", "J99216582", "J99216582", VALID),
    ("es.cif", "J99216583", "J99216583", WRONG),
    ("uy.ci", "1.234.567-2", "12345672", VALID),
    ("uy.ci", "C.I. 1234567-2", "12345672", VALID),
    ("uy.ci", "1.234.567-3", "12345673", WRONG),
    ("uy.rut", "21-100342-001-7", "211003420017", VALID),
    ("uy.rut", "210303670014", "210303670014", WRONG),
    ("ve.cedula", "V-12.345.678", "V12345678", WELLFORMED),
    ("ve.cedula", "12345678", "V12345678", WELLFORMED),
    ("ve.cedula", "V-123", "V123", WRONG),
    ("ve.rif", "V-11470283-4", "V114702834", VALID),
    ("ve.rif", "J-31136071-9", "J311360719", VALID),
    ("ve.rif", "V-11470283-3", "V114702833", WRONG),
    ("ad.nrt", "U-132950-X", "U132950X", VALID),
    ("ad.nrt", "A123B", "A123B", WRONG),
]  # fmt: skip


@pytest.mark.parametrize(("form", "text", "value", "check"), TABLE)
def test_documents_as_they_are_written(form, text, value, check):
    found = normal_document(text, form)
    if value is None:
        assert found is None
        return
    assert (found.value, found.check) == (value, check)
    assert found.form == forms()[form].name


def test_every_form_is_in_the_table():
    assert {forms()[row[0]].name for row in TABLE} == {f.name for f in forms().values()}


def test_every_one_of_the_22_countries_has_a_persons_card():
    countries = {f.country for f in forms().values()}
    assert len(countries) == 22
    cards = {f.country for f in forms().values() if "idNumber" in (f.prop, *f.also)}
    assert countries - cards == set()


@pytest.mark.parametrize(
    "text", ["S/D", "no tiene", "NO APORTA", "-", "0000000", "99.999.999", "x", "", "11", "N/A", "nao consta"]
)
@pytest.mark.parametrize("form", ["", "ar.dni", "br.cpf", "mx.curp"])
def test_what_says_nothing_is_no_number(text, form):
    assert normal_document(text, form) is None


@pytest.mark.parametrize(
    ("text", "country", "prop", "form"),
    [
        ("20-05536168-2", "AR", "taxNumber", "ar.cuit"),
        ("12.345.678", "AR", "idNumber", "ar.dni"),
        ("390.533.447-05", "BR", "idNumber", "br.cpf"),
        ("1792060346001", "EC", "taxNumber", "ec.ruc"),
        ("05019005483678", "HN", "taxNumber", "hn.rtn"),
        ("76086428-5", "CL", "registrationNumber", "cl.rut"),
    ],
)
def test_a_country_alone_finds_the_form_that_fits(text, country, prop, form):
    assert normal_document(text, "", country, prop).form == form


def test_without_form_and_country_the_rule_is_unknown():
    assert normal_document("12.345.678")[:3] == ("12345678", "", UNKNOWN)
    assert normal_document("12345678", "", "CO", "idNumber")[1:3] == ("", UNKNOWN)  # cédula or cédula de extranjería


@pytest.mark.parametrize(
    ("form", "text", "derived"),
    [
        ("ar.cuit", "20055361682", {("idNumber", "5536168", "ar.dni")}),
        ("ar.cuit", "30-71031609-7", set()),
        ("ec.ruc", "1714307103001", {("idNumber", "1714307103", "ec.cedula")}),
        ("ec.ruc", "1792060346001", set()),
        ("pe.ruc", "20512333797", set()),
        ("py.ruc", "800280610", set()),
        ("co.nit", "890115794-3", set()),
        ("ve.rif", "V114702834", {("idNumber", "V11470283", "ve.cedula")}),
        ("ve.rif", "J311360719", set()),
        ("hn.rtn", "05011975123456", {("idNumber", "0501197512345", "hn.identidad")}),
        ("hn.rtn", "05019005483678", set()),
        ("es.nif", "54362315K", {("idNumber", "54362315K", "es.dni")}),
        ("es.nif", "X2482300W", {("idNumber", "X2482300W", "es.nie")}),
        ("pt.cc", "00000000 0 ZZ4", set()),
        ("mx.curp", "BOXW310820HNERXN09", {("birthDate", "1931-08-20", ""), ("gender", "male", "")}),
        ("mx.rfc", "GODE561231GR8", {("birthDate", "1956-12-31", "")}),
        ("mx.rfc", "MAB9307148T4", set()),
        ("mx.elector", "GMVLMR80070501M100", {("birthDate", "1980-07-05", ""), ("gender", "female", "")}),
        ("cu.ni", "91021027775", {("birthDate", "1991-02-10", ""), ("gender", "female", "")}),
    ],
)  # fmt: skip
def test_what_one_number_says_of_another(form, text, derived):
    found = normal_document(text, form)
    assert {(d.prop, d.value, d.form) for d in found.derived} == derived
    assert all(d.rule.startswith(form) for d in found.derived)


def test_a_persons_nit_holds_the_cedula():
    from stdnum.co.nit import calc_check_digit

    found = normal_document("6068015" + calc_check_digit("6068015"), "co.nit")
    assert [(d.value, d.form) for d in found.derived] == [("6068015", "co.cc")]


def test_a_persons_ruc_holds_the_card():
    from stdnum.pe import ruc as pe
    from stdnum.py import ruc as py

    ruc = normal_document("10" + "12345678" + pe.calc_check_digit("1012345678"), "pe.ruc")
    assert [(d.value, d.form) for d in ruc.derived] == [("12345678", "pe.dni")]
    ruc = normal_document("4123456-" + py.calc_check_digit("4123456"), "py.ruc")
    assert [(d.value, d.form) for d in ruc.derived] == [("4123456", "py.ci")]


def test_nothing_is_derived_from_a_wrong_number():
    assert normal_document("20055361683", "ar.cuit").derived == ()
    assert normal_document("BOXW310820HNERXN08", "mx.curp").derived == ()


def test_every_derivation_and_module_is_used():
    assert {f.derive for f in forms().values() if f.derive} == set(RULES)


def test_nicaraguan_letters():
    number = "0010101800000"
    letter = "ABCDEFGHJKLMNPQRSTUVWXY"[int(number) % 23]
    found = normal_document(f"001-010180-0000{letter}", "ni.cedula")
    assert found.check == VALID and found.derived[0].value == "1980-01-01"


@pytest.mark.parametrize(
    ("number", "digits"), [("581123-1-448204", "93"), ("556350-1-444254", "07"), ("x-1-2", ""), ("1-2", "")]
)
def test_check_digits_of_panamanian_companies(number, digits):
    assert pa_ruc_digits(number) == digits


@given(st.sampled_from(sorted(forms())), st.text(max_size=24))
def test_any_text_and_twice_is_once(form, text):
    found = normal_document(text, form)
    if found is not None:
        again = normal_document(found.value, form)
        assert again is not None and (again.value, again.form) == (found.value, found.form)


@given(st.sampled_from(sorted(forms())), st.data())
def test_any_number_of_the_shape_and_twice_is_once(form, data):
    text = data.draw(st.from_regex(forms()[form].shape, fullmatch=True))
    found = normal_document(text, form)
    if found is not None:
        again = normal_document(found.value, form)
        assert again is not None and (again.value, again.form) == (found.value, found.form)


@given(st.sampled_from(sorted({f.country for f in forms().values()})), st.text("0123456789-./ ABKVXZ", max_size=20))
def test_a_guess_by_country_never_contradicts_the_form_it_names(country, text):
    for prop in ("idNumber", "taxNumber", "registrationNumber"):
        found = normal_document(text, "", country, prop)
        if found is not None and found.form:
            assert found.form in {f.name for f in forms_for(country, prop)}
            assert found.check in (VALID, WELLFORMED)


def test_the_modules_named_exist():
    for form in {f.name: f for f in forms().values()}.values():
        assert form.title and form.shape.pattern
    importlib.import_module("stdnum.mx.curp")


def test_a_number_that_begins_like_a_mark_is_kept_whole() -> None:
    found = normal_document("NOR920605F59", "mx.rfc", "MX", "taxNumber")
    assert found is not None and found.value == "NOR920605F59"

import pytest

from tests.unit.libs import load_lib

gs1 = load_lib("traceability", "gs1")
check = load_lib("traceability", "epcis_check")

OWN = "https://id.example.com/trace/item/7/lot/A"
GTIN13 = "4012345111118"


def identify(**values):
    settings = {"barcode": GTIN13, "prefix": "4012345", "form": "digital_link"}
    return gs1.identify(own=OWN, **(settings | values))


@pytest.mark.parametrize(
    ("barcode", "gtin"),
    [
        # GS1 General Specifications 7.9 works through 629104150021 → 3.
        ("6291041500213", "06291041500213"),
        ("6291041500214", None),
        ("96385074", "00000096385074"),
        (GTIN13, "04012345111118"),
        ("RESIN-CLR", None),
        ("", None),
        (None, None),
        ("٦٢٩١٠٤١٥٠٠٢١٣", None),
    ],
)
def test_only_a_right_check_digit_makes_a_gtin(barcode, gtin):
    assert gs1.as_gtin14(barcode) == gtin


@pytest.mark.parametrize(
    ("values", "uri"),
    [
        ({"lot": "987"}, "https://id.gs1.org/01/04012345111118/10/987"),
        ({"lot": "9/8"}, "https://id.gs1.org/01/04012345111118/10/9%2F8"),
        (
            {"lot": "25", "serial": True},
            "https://id.gs1.org/01/04012345111118/21/25",
        ),
        ({}, "https://id.gs1.org/01/04012345111118"),
        ({"form": "urn", "lot": "987"}, "urn:epc:class:lgtin:4012345.011111.987"),
        ({"form": "urn", "lot": "9/8"}, "urn:epc:class:lgtin:4012345.011111.9%2F8"),
        (
            {"form": "urn", "lot": "25", "serial": True},
            "urn:epc:id:sgtin:4012345.011111.25",
        ),
        ({"form": "urn"}, "urn:epc:idpat:sgtin:4012345.011111.*"),
        # Somebody else's product: where their prefix ends is not known here.
        (
            {"form": "urn", "prefix": "7612345", "lot": "1"},
            "https://id.gs1.org/01/04012345111118/10/1",
        ),
        ({"prefix": None, "lot": "987"}, OWN),
        ({"barcode": "RESIN", "lot": "987"}, OWN),
        # GS1 allows twenty characters of its set of 82.
        ({"lot": "X" * 21}, OWN),
        ({"lot": "LÖT"}, OWN),
    ],
)
def test_identifiers(values, uri):
    assert identify(**values) == uri
    assert check.is_uri(uri)


def test_own_uris_escape_what_people_type():
    uri = gs1.own_uri("https://id.example.com/trace/", "item", "A b/ü", "lot", "1#2")
    assert uri == "https://id.example.com/trace/item/A%20b%2F%C3%BC/lot/1%232"
    assert check.is_uri(uri)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

identifiers = load_lib("traceability_epcis", "identifiers")
urn = load_lib("traceability_epcis", "urn")
PREFIXES = urn.find_prefix_length(["0614141", "1234567", "4000001", "4012345"])

# EPC Tag Data Standard 2.0 and GS1 Digital Link 1.4: the same thing, written both ways.
PAIRS = [
    ("urn:epc:id:sgtin:0614141.107346.2017", "01/10614141073464/21/2017"),
    ("urn:epc:id:sgtin:0614141.107346.a%2Fb+c", "01/10614141073464/21/a%2Fb%2Bc"),
    ("urn:epc:class:lgtin:4012345.012345.998877", "01/04012345123456/10/998877"),
    ("urn:epc:idpat:sgtin:4012345.098765.*", "01/04012345987652"),
    ("urn:epc:id:sscc:0614141.1234567890", "00/106141412345678908"),
    ("urn:epc:id:sgln:0614141.07346.1234", "414/0614141073467/254/1234"),
    ("urn:epc:id:sgln:0614141.00777.0", "414/0614141007776"),
    ("urn:epc:id:pgln:4012345.00001", "417/4012345000016"),
    ("urn:epc:id:grai:0614141.12345.400", "8003/00614141123452400"),
    ("urn:epc:id:giai:4000001.111", "8004/4000001111"),
    ("urn:epc:id:gsrn:0614141.1234567890", "8018/061414112345678902"),
    ("urn:epc:id:gsrnp:0614141.1234567890", "8017/061414112345678902"),
    ("urn:epc:id:gdti:0614141.06012.1234", "253/06141410601221234"),
    ("urn:epc:id:cpi:0614141.123ABC.123456789", "8010/0614141123ABC/8011/123456789"),
    ("urn:epc:id:sgcn:4012345.67890.04711", "255/401234567890104711"),
    ("urn:epc:id:ginc:0614141.xyz3311cba", "401/0614141xyz3311cba"),
    ("urn:epc:id:gsin:0614141.123456789", "402/06141411234567890"),
    ("urn:epc:id:itip:4012345.012345.01.02.987", "8006/040123451234560102/21/987"),
    ("urn:epc:id:upui:1234567.089456.51q", "01/01234567894560/235/51q"),
    ("urn:epc:idpat:grai:0614141.12345.*", "8003/00614141123452"),
    ("urn:epc:idpat:gdti:0614141.06012.*", "253/0614141060122"),
]


@pytest.mark.parametrize(("written", "link"), PAIRS)
def test_urn_becomes_a_digital_link(written, link):
    assert identifiers.canonical(written) == f"https://id.gs1.org/{link}"


@pytest.mark.parametrize(("written", "link"), PAIRS)
def test_digital_link_becomes_a_urn(written, link):
    assert urn.to_urn(f"https://id.gs1.org/{link}", PREFIXES) == written


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com/some/path/gtin/4012345678901/lot/abc/ser/def?x=1",
        "http://example.com/01/04012345678901/21/def/",
        "https://id.gs1.org/01/4012345678901/22/2A/10/abc/21/def#top",
    ],
)
def test_every_way_to_write_a_link_is_one(uri):
    assert identifiers.canonical(uri) == "https://id.gs1.org/01/04012345678901/21/def"


@pytest.mark.parametrize(
    "uri",
    [
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "urn:epc:id:sgtin:0614141.1073460.2017",
        "urn:epc:id:sscc:1.2",
        "https://example.com/orders/7",
        "https://id.gs1.org/01/04012345678902/21/wrong-check-digit",
        "geo:52.5,13.3",
    ],
)
def test_what_is_no_gs1_key_stays_as_it_is(uri):
    assert identifiers.canonical(uri) == uri
    assert urn.to_urn(uri, PREFIXES) == uri


def test_prefixes_that_gs1_publishes_are_known_without_settings():
    find = urn.find_prefix_length()
    assert find("7044610873466") == len("704461")
    assert find("x") is None


@given(
    st.text(
        st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), min_size=1
    )
)
def test_a_lot_survives_both_ways(lot):
    item = identifiers.TradeItem("04012345678901", lot=lot)
    link = identifiers.link_of(item)
    assert identifiers.read_trade_item(link) == item
    written = urn.to_urn(link, PREFIXES)
    assert written.startswith("urn:epc:class:lgtin:4012345.067890.")
    assert identifiers.canonical(written) == link


@given(
    st.text(max_size=60), st.sampled_from(["urn:epc:id:sgtin:", "https://a/01/", ""])
)
def test_no_text_breaks_it(text, start):
    uri = identifiers.canonical(start + text)
    assert identifiers.canonical(uri) == uri
    urn.to_urn(start + text, PREFIXES)


@pytest.mark.parametrize(
    "uri",
    [
        "https://plant.example.com/id/party/57",
        "https://plant.example.com/party/40123450000",
        "https://plant.example.com/gln/4012345000009x",
        "https://plant.example.com/00/1234",
        "https://plant.example.com/gdti/12345",
    ],
)
def test_an_address_that_only_looks_like_a_key_stays_as_it_is(uri):
    assert identifiers.canonical(uri) == uri

"""What parameters ask for, against the terms of events."""

import fnmatch

import pytest

from tests.unit.libs import load_lib

criteria = load_lib("traceability_epcis", "criteria")
faults = load_lib("traceability_epcis", "faults")
identifiers = load_lib("traceability_epcis", "identifiers")
master_data = load_lib("traceability_epcis", "master_data")
namespaces = load_lib("traceability_epcis", "namespaces")
patterns = load_lib("traceability_epcis", "patterns")
query = load_lib("traceability_epcis", "query")
terms = load_lib("traceability_epcis", "terms")
values = load_lib("traceability_epcis", "values")
NAMES = namespaces.Namespaces([{"acme": "https://acme.example.com/"}])
COMPARE = {
    "=": lambda a, b: a == b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


def event(**members):
    return {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T12:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "epcList": [],
        **members,
    }


def finds(name, text, **members):
    """Return whether one parameter finds an event."""
    found = terms.find_terms(event(**members), NAMES)
    criterion = criteria.read_criterion(name, [text], NAMES)
    if isinstance(criterion, criteria.AnyOf):
        return bool(set(criterion.terms) & set(found))
    start = f"{criterion.name}="
    numbers = [float(t.removeprefix(start)) for t in found if t.startswith(start)]
    return any(COMPARE[criterion.operator](n, criterion.number) for n in numbers)


def report(**members):
    return {"sensorElementList": [{"sensorReport": [{"type": "Temperature", **members}]}]}


@pytest.mark.parametrize(
    ("name", "text", "members", "expected"),
    [
        ("GE_value_CEL", "26", report(value=26.0, uom="CEL"), True),
        ("GE_value_FAH", "78.7", report(value=26.0, uom="CEL"), True),
        ("EQ_value_FAH", "78.8", report(value=26.0, uom="CEL"), True),
        ("GT_value_KEL", "299.15", report(value=26.0, uom="CEL"), False),
        ("LT_value_KGM", "1", report(value=999, uom="GRM"), True),
        ("GE_value_KGM", "1", report(value=999, uom="CEL"), False),
        ("GE_value_XXX", "5", report(value=5, uom="XXX"), True),
        ("LE_sDev_KEL", "1", report(sDev=1, uom="CEL"), True),
        ("EQ_maxValue_MMT", "254", report(maxValue=10, uom="INH"), True),
        ("GE_percRank", "50", report(percRank=50, uom="CEL"), True),
        ("GE_value_CEL", "5", report(minValue=5, uom="CEL"), False),
        ("EQ_acme:a", "5", {"acme:a": 5.0}, True),
        ("EQ_acme:a", "5.0", {"acme:a": 5}, True),
        ("EQ_acme:a", "5", {"acme:a": "5"}, True),
        ("EQ_acme:a", "true", {"acme:a": True}, True),
        ("LT_acme:a", "1e3", {"acme:a": 999.5}, True),
        ("GE_acme:a", "2026-03-01T12:00:00+01:00", {"acme:a": "2026-03-01T11:00:00Z"}, True),
        ("GT_acme:a", "2026-03-01T12:00:00+01:00", {"acme:a": "2026-03-01T11:00:00Z"}, False),
        ("EQ_acme:a", "2026-03-01T12:00:00+01:00", {"acme:a": "2026-03-01T11:00:00Z"}, True),
        ("LT_ILMD_acme:a", "2026-03-02", {"ilmd": {"acme:a": "2026-03-01"}}, True),
        ("LT_acme:a", "2026-03-02", {"acme:a": {"@value": "2026-03-01"}}, True),
        ("EQ_INNER_acme:b", "x", {"acme:a": [{"acme:b": ["y", "x"]}]}, True),
        ("EQ_acme:b", "x", {"acme:a": {"acme:b": "x"}}, False),
        (
            "EQ_INNER_https://b.example/c",
            "x",
            {"acme:a": {"@context": {"b": "https://b.example/"}, "b:c": "x"}},
            True,
        ),
    ],
)
def test_events_are_found_by_what_they_mean(name, text, members, expected):
    assert finds(name, text, **members) is expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GE_value", "5"),
        ("GE_value_CEL", "warm"),
        ("GE_acme:a", "soon"),
        ("GE_eventTime", "2026-03-01"),
        ("HASATTR_colour", "x"),
        ("EQATTR_bizLocation", "x"),
        ("EQATTR_bizLocation_", "x"),
    ],
)
def test_what_cannot_be_asked_is_an_error(name, text):
    with pytest.raises(faults.QueryError):
        criteria.read_criterion(name, [text], NAMES)


def test_a_limit_needs_an_order():
    with pytest.raises(faults.QueryError, match="orderBy"):
        query.read_query([("eventCountLimit", "3")])
    asked = query.read_query([("eventCountLimit", "3"), ("orderBy", "eventTime")])
    assert (asked.limit, asked.descending) == (3, True)


@pytest.mark.parametrize("unit", ["CEL", "FAH", "A48", "LBR", "PS", "KNT", "DAY", "P1"])
def test_units_are_converted_in_proportion(unit):
    low, base = values.to_si(0, unit)
    step = values.to_si(1, unit)[0] - low
    assert values.to_si(100, unit)[0] == pytest.approx(low + 100 * step)
    assert values.to_si(1, unit, difference=True)[0] == pytest.approx(step)
    assert values.to_si(7.5, base) == (7.5, base)


PATTERNS = [
    ("urn:epc:idpat:sgtin:4012345.012345.*", "urn:epc:id:sgtin:4012345.012345.1", True),
    ("urn:epc:idpat:sgtin:4012345.012345.*", "urn:epc:id:sgtin:4012345.012346.1", False),
    ("urn:epc:idpat:sgtin:4012345.*.*", "urn:epc:id:sgtin:4012345.912346.1", True),
    ("urn:epc:idpat:sgtin:*.*.*", "urn:epc:id:sgtin:0614141.912346.1", True),
    ("urn:epc:idpat:sgtin:*.*.*", "urn:epc:class:lgtin:0614141.912346.1", False),
    ("urn:epc:idpat:sscc:4012345.*", "urn:epc:id:sscc:4012345.1234567890", True),
    ("urn:epc:idpat:sscc:4012346.*", "urn:epc:id:sscc:4012345.1234567890", False),
    ("urn:epc:idpat:sgln:4012345.00001.*", "urn:epc:id:sgln:4012345.00001.0", True),
    ("urn:epc:idpat:sgln:4012345.00001.*", "urn:epc:id:sgln:4012345.00001.7", True),
    ("urn:epc:idpat:sgln:4012345.00001.7", "urn:epc:id:sgln:4012345.00001.0", False),
    ("urn:epc:idpat:grai:4012345.55555.*", "urn:epc:id:grai:4012345.55555.9", True),
    ("urn:epc:idpat:grai:4012345.*.*", "urn:epc:id:grai:4012345.55555.9", True),
    ("urn:epc:idpat:gdti:4012345.55555.*", "urn:epc:id:gdti:4012345.55555.9", True),
    ("urn:epc:idpat:giai:4012345.*", "urn:epc:id:giai:4012345.ab", True),
    ("urn:epc:idpat:gsrn:4012345.*", "urn:epc:id:gsrn:4012345.0000000001", True),
]


@pytest.mark.parametrize(("pattern", "uri", "expected"), PATTERNS)
def test_patterns_match_what_they_say(pattern, uri, expected):
    like = patterns.pattern_to_like(pattern)
    shell = like.replace("_", "?").replace("%", "*")
    assert fnmatch.fnmatchcase(identifiers.canonical(uri), shell) is expected


@pytest.mark.parametrize(
    "text",
    [
        "urn:epc:id:sgtin:4012345.012345.1",
        "urn:epc:idpat:sgtin:*.012345.*",
        "urn:epc:idpat:sgtin:4012345.012345.1*",
        "urn:epc:idpat:sgtin:4012345.012345",
        "urn:epc:idpat:sscc:4012345.1.*",
        "urn:epc:idpat:colour:4012345.*",
        "*",
    ],
)
def test_what_is_no_pattern_is_none(text):
    assert patterns.pattern_to_like(text) is None


def test_master_data_describes_places():
    place, shelf = "urn:epc:id:sgln:4012345.00001.0", "urn:epc:id:sgln:4012345.00001.7"
    site = {"id": "cbvmda:site", "attribute": 7}
    elements = [{"id": place, "attributes": [site], "children": [shelf]}]
    vocabulary = {"type": "urn:x:y", "vocabularyElementList": elements}
    header = {"epcisHeader": {"epcisMasterData": {"vocabularyList": [vocabulary]}}}
    link = identifiers.canonical(place)
    asked = criteria.read_criterion("EQATTR_bizLocation_urn:epcglobal:cbv:mda#site", ["7"], NAMES)
    assert master_data.find_described([header], asked.attributes, asked.values) == [link]
    assert master_data.find_described([header], asked.attributes, ["8"]) == []
    has = criteria.read_criterion("HASATTR_bizLocation", ["cbvmda:site|acme:x"], NAMES)
    assert master_data.find_described([header], has.attributes) == [link]
    below = master_data.find_below([header], [link])
    assert below == sorted([link, identifiers.canonical(shelf)])

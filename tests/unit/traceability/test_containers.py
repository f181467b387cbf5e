import pytest

from tests.unit.libs import load_lib

containers = load_lib("traceability", "containers")
LINK = "https://id.gs1.org/00/140123452345678902"


@pytest.mark.parametrize(
    "text",
    [
        "140123452345678902",
        "00140123452345678902",
        "(00)140123452345678902",
        "urn:epc:id:sscc:4012345.1234567890",
        "https://wms.example.com/sscc/140123452345678902?x=1",
        LINK,
    ],
)
def test_one_container_has_one_name(text):
    assert containers.canonical_container(text) == LINK


@pytest.mark.parametrize(
    "text",
    ["140123452345678903", "BOX-7", "14012345234567890", "urn:epc:id:sscc:4012345.1"],
)
def test_anything_else_is_the_senders_own(text):
    assert containers.canonical_container(text) is None

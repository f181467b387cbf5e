import pytest

from tests.unit.libs import load_lib

redaction = load_lib("integration_audit", "redaction")

PAYLOAD = {
    "customer": {"name": "Ada", "email": "ada@example.com"},
    "lines": [{"item": "A", "price": 12.5}, {"item": "B"}],
    "note": "ask ada@example.com",
}


def redact(*lines):
    return redaction.redact(PAYLOAD, redaction.parse_rules("\n".join(lines)))


def test_a_member_is_hidden_wherever_it_is():
    hidden = redact("customer.email", "lines[].price")
    assert hidden["customer"] == {"name": "Ada", "email": "•••"}
    assert hidden["lines"] == [{"item": "A", "price": "•••"}, {"item": "B"}]


def test_the_payload_itself_stays_whole():
    before = str(PAYLOAD)
    redact("customer", "lines")
    assert str(PAYLOAD) == before


@pytest.mark.parametrize("path", ["missing", "customer.name.first", "lines.price", "note[]"])
def test_a_path_that_leads_nowhere_hides_nothing(path):
    assert redact(path) == PAYLOAD


@pytest.mark.parametrize("path", ["", "a..b", ".a", "a[b", "a b"])
def test_what_is_no_path_is_refused(path):
    if path:
        with pytest.raises(redaction.RedactionError):
            redaction.parse_rules(path)
    else:
        assert redaction.parse_rules(path) == ()


def test_what_repeats_a_hidden_value_hides_it_too():
    rules = redaction.parse_rules("customer.email")
    secrets = redaction.find_secrets(PAYLOAD, rules)
    assert redaction.hide_everywhere(PAYLOAD, secrets)["note"] == "ask •••"
    assert redaction.hide("to ada@example.com.", secrets) == "to •••."

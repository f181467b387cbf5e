"""Vault, identifiers, problems, answers of receivers."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

vault = load_lib("integration_core", "vault")
uuid7 = load_lib("integration_core", "uuid7")
problems = load_lib("integration_core", "problems")
outcome = load_lib("integration_core", "outcome")


def test_vault_opens_with_an_older_key_and_not_with_a_strange_one():
    old, new = vault.new_encryption_key(), vault.new_encryption_key()
    sealed = vault.encrypt([old], b"secret")
    assert vault.decrypt([new, old], sealed) == b"secret"
    with pytest.raises(vault.VaultError):
        vault.decrypt([new], sealed)


@pytest.mark.parametrize("keys", [[], ["not-a-key"]])
def test_vault_without_a_usable_key_says_so(keys):
    with pytest.raises(vault.VaultError):
        vault.encrypt(keys, b"secret")


def test_tokens_are_long_and_different():
    tokens = {vault.new_token() for _number in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) > 40


@given(st.floats(0, 4e9), st.binary(min_size=10, max_size=10))
def test_uuid7_has_version_variant_and_time(seconds, randomness):
    value = uuid.UUID(uuid7.uuid7(seconds, randomness))
    assert (value.version, value.variant) == (7, uuid.RFC_4122)
    assert value.int >> 80 == int(seconds * 1000)


def test_problem_body_follows_rfc_9457():
    problem = problems.Problem(
        422,
        "invalid-payload",
        "Broken",
        "See errors.",
        faults=[problems.Fault("/data/x", "Missing.")],
    )
    assert problem.as_dict() == {
        "type": "urn:problem:invalid-payload",
        "title": "Broken",
        "status": 422,
        "detail": "See errors.",
        "errors": [{"pointer": "/data/x", "detail": "Missing."}],
    }


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "done"),
        (202, "done"),
        (204, "done"),
        (301, "retry"),
        (400, "retry"),
        (404, "retry"),
        (410, "dead"),
        (429, "retry"),
        (500, "retry"),
        (503, "retry"),
    ],
)
def test_only_2xx_is_success(status, state):
    assert outcome.judge_response(status, "", None).state == state

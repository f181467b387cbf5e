"""The Standard Webhooks vector, and what must not verify."""

import base64
import os
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from tests.unit.libs import load_lib

signatures = load_lib("integration_core", "signatures")

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
KEY = signatures.decode_secret(SECRET)


def headers(message_id=MESSAGE_ID, timestamp=str(TIMESTAMP), signature=SIGNATURE):
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
    }


def verifies(given_headers, body=BODY, keys=(KEY,), now=TIMESTAMP):
    try:
        signatures.verify(keys, given_headers, body, now_seconds=now)
    except signatures.SignatureError:
        return False
    return True


def test_published_vector_verifies():
    assert signatures.sign(KEY, MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE
    assert verifies(headers())


@pytest.mark.parametrize("bit", range(len(BODY) * 8))
def test_one_bit_changed_in_the_body_is_refused(bit):
    changed = bytearray(BODY)
    changed[bit // 8] ^= 1 << bit % 8
    assert not verifies(headers(), bytes(changed))


@pytest.mark.parametrize(
    "name", ["webhook-id", "webhook-timestamp", "webhook-signature"]
)
def test_one_bit_changed_in_a_header_is_refused(name):
    genuine = headers()
    for position in range(len(genuine[name])):
        for bit in range(7):
            value = bytearray(genuine[name].encode())
            value[position] ^= 1 << bit
            changed = dict(genuine, **{name: value.decode()})
            assert not verifies(changed), changed[name]


@pytest.mark.parametrize("bit", range(len(KEY) * 8))
def test_one_bit_changed_in_the_key_is_refused(bit):
    key = bytearray(KEY)
    key[bit // 8] ^= 1 << bit % 8
    assert not verifies(headers(), keys=(bytes(key),))


@pytest.mark.parametrize(
    ("seconds", "accepted"),
    [
        (-301, False),
        (-300, True),
        (0, True),
        (300, True),
        (301, False),
    ],
)
def test_timestamp_is_trusted_for_five_minutes(seconds, accepted):
    assert verifies(headers(), now=TIMESTAMP + seconds) is accepted


def test_both_secrets_verify_while_they_overlap():
    other = os.urandom(32)
    assert verifies(headers(), keys=(other, KEY))
    both = signatures.signed_headers((other, KEY), MESSAGE_ID, TIMESTAMP, BODY)
    assert verifies(both)
    assert verifies(both, keys=(other,))
    assert not verifies(both, keys=(os.urandom(32),))


def test_without_keys_nothing_verifies():
    assert not verifies(headers(), keys=())


@given(st.binary(max_size=300), st.binary(min_size=24, max_size=64))
def test_agrees_with_the_reference_library(body, key):
    body = body.decode("utf-8", "ignore").encode()
    secret = signatures.encode_secret(key)
    token = signatures.sign(key, MESSAGE_ID, TIMESTAMP, body)
    digest = base64.b64decode(token.removeprefix("v1,"))
    assert len(digest) == 32
    moment = datetime.fromtimestamp(TIMESTAMP, UTC)
    assert Webhook(secret).sign(MESSAGE_ID, moment, body.decode()) == token


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=200))
def test_garbage_in_headers_never_raises_anything_else(message_id, stamp, signature):
    assert not verifies(headers(message_id, stamp, signature))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "whsec_!!", "é" * 40])
def test_malformed_secret_is_a_value_error(secret):
    with pytest.raises(ValueError, match="secret"):
        signatures.decode_secret(secret)

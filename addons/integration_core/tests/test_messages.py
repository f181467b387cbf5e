"""The endpoint, over HTTP, as a partner meets it."""

import json
import time
from datetime import datetime
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from .. import backlog
from ..lib import signatures
from ..lib.errors import BusinessError
from .common import IntegrationCase

TYPE = "application/cloudevents+json"
BATCH_TYPE = "application/cloudevents-batch+json"


@tagged("post_install", "-at_install")
class TestMessages(IntegrationCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.token = cls.system.issue_credential("bearer")["secret"]
        cls.address = f"/integration/v1/{cls.system.code}/messages"

    def event(self, number, **attributes):
        return {
            "specversion": "1.0",
            "id": f"e-{number}",
            "source": "/tests",
            "type": "connection.tested",
            "data": {"text": "hello"},
            **attributes,
        }

    def post(self, body, *, path="", content_type=TYPE, token=None, **headers):
        raw = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.url_open(
            self.address + path,
            data=raw,
            headers={
                "Authorization": f"Bearer {token or self.token}",
                "Content-Type": content_type,
                **headers,
            },
        )

    def assert_problem(self, response, status, slug):
        self.assertEqual(response.status_code, status, response.text)
        self.assertEqual(response.headers["Content-Type"], "application/problem+json")
        problem = response.json()
        self.assertEqual(problem["type"], f"urn:problem:{slug}")
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"])
        return problem

    def messages(self, admission="accepted"):
        return self.env["integration.message"].search(
            [
                ("system_id", "=", self.system.id),
                ("admission", "=", admission),
            ]
        )

    def test_accepted_message_is_on_record_with_its_delivery(self):
        response = self.post(self.event(1, subject="WO-1", sequence="7"))
        self.assertEqual(response.status_code, 202)
        message = self.messages()
        self.assertEqual(response.json()["message"], message.uuid)
        self.assertEqual(message.payload, {"text": "hello"})
        self.assertEqual((message.order_key, message.sequence), ("WO-1", 7))
        self.assertEqual(message.delivery_ids.state, "pending")

    def test_status_follows_the_delivery(self):
        uuid = self.post(self.event(1)).json()["message"]
        self.assertEqual(self.status(uuid)["state"], "pending")
        self.work_off(self.messages().delivery_ids)
        status = self.status(uuid)
        self.assertEqual((status["state"], status["attempts"]), ("done", 1))
        self.assertEqual(status["result"]["data"], {"text": "hello"})

    def test_status_of_a_parked_message_says_what_it_waits_for(self):
        uuid = self.post(self.event(1)).json()["message"]
        Handler = type(self.env["integration.handler.connection.tested"])

        def refuse(handler, message):
            raise BusinessError("Who is that?", kind="integration_core.refused")

        self.patch(Handler, "_handle", refuse)
        self.work_off(self.messages().delivery_ids)
        status = self.status(uuid)
        self.assertEqual(status["state"], "parked")
        self.assertEqual(status["problem"]["type"], "urn:problem:refused")
        self.assertEqual(status["problem"]["detail"], "Who is that?")

    def status(self, uuid):
        response = self.url_open(
            f"{self.address}/{uuid}",
            headers={
                "Authorization": f"Bearer {self.token}",
            },
        )
        self.assertEqual(response.status_code, 200)
        return response.json()

    def test_duplicate_is_answered_with_the_first_answer(self):
        first = self.post(self.event(1))
        second = self.post(self.event(1))
        self.assertNotIn("Idempotency-Replayed", first.headers)
        self.assertEqual(second.headers["Idempotency-Replayed"], "true")
        self.assertEqual(second.json(), first.json())
        self.assertEqual(len(self.messages()), 1)

    def test_same_key_with_another_body_is_refused(self):
        self.post(self.event(1))
        response = self.post(self.event(1, data={"text": "other"}))
        self.assert_problem(response, 422, "idempotency-key-reused")
        self.assertEqual(len(self.messages()), 1)
        self.assertEqual(len(self.messages("refused")), 1)

    def test_idempotency_key_header_goes_before_source_and_id(self):
        event = self.event(1)
        self.post(event, **{"Idempotency-Key": "k1"})
        self.assertEqual(self.post(event, **{"Idempotency-Key": "k2"}).status_code, 202)
        self.assertEqual(len(self.messages()), 2)
        again = self.post(event, **{"Idempotency-Key": '"k2"'})
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        response = self.post(event, **{"Idempotency-Key": "x" * 256})
        self.assert_problem(response, 400, "invalid-idempotency-key")

    def test_faults_are_told_by_pointer_and_put_on_record(self):
        response = self.post(self.event(1, data={"words": 3}))
        problem = self.assert_problem(response, 422, "invalid-payload")
        self.assertIn("/data/text", [fault["pointer"] for fault in problem["errors"]])
        self.assertFalse(self.messages())
        refused = self.messages("refused")
        self.assertEqual(refused.problem["type"], "urn:problem:invalid-payload")
        self.assertFalse(refused.delivery_ids)
        corrected = self.post(self.event(1))
        self.assertEqual(corrected.status_code, 202)

    def test_what_is_not_an_event_is_a_bad_request(self):
        for body, slug in (
            ("{", "malformed-json"),
            (b"\xff", "malformed-json"),
            ('{"a": "\\u0000"}', "malformed-json"),
            ("[" * 5000, "malformed-json"),
            ('{"a": NaN}', "malformed-json"),
            ("[]", "invalid-event"),
            ({"specversion": "1.0"}, "invalid-event"),
            (self.event(1, time="later"), "invalid-event"),
        ):
            with self.subTest(body=body):
                self.assert_problem(self.post(body), 400, slug)
        self.assertEqual(len(self.messages("refused")), 8)

    def test_unknown_contract_and_version(self):
        self.assert_problem(
            self.post(self.event(1, type="no.such")), 422, "unknown-contract"
        )
        schema = "urn:contract:connection.tested:9.9"
        response = self.post(self.event(1, dataschema=schema))
        self.assert_problem(response, 422, "unknown-contract-version")

    def test_contract_out_of_scope_is_forbidden(self):
        self.system.scope_ids = False
        self.assert_problem(self.post(self.event(1)), 403, "contract-not-in-scope")

    def test_suspended_system_is_forbidden(self):
        self.system.action_suspend()
        self.assert_problem(self.post(self.event(1)), 403, "system-not-active")

    def test_other_forms_and_addresses(self):
        self.assert_problem(
            self.post("x=1", content_type="application/x-www-form-urlencoded"),
            415,
            "unsupported-media-type",
        )
        self.assert_problem(self.post(b"x" * (1024 * 1024 + 1)), 413, "body-too-large")
        response = self.url_open(self.address)
        self.assert_problem(response, 405, "method-not-allowed")
        headers = {"Authorization": f"Bearer {self.token}"}
        response = self.url_open(f"{self.address}/unknown", headers=headers)
        self.assert_problem(response, 404, "unknown-message")
        self.assert_problem(self.url_open("/integration/v1/x"), 404, "unknown-address")

    def test_nobody_unknown_gets_in_and_nothing_changes(self):
        for token in ("wrong", "", "odi_" + "A" * 43):
            with self.subTest(token=token):
                response = self.post(self.event(1), token=token or " ")
                self.assert_problem(response, 401, "not-authenticated")
        response = self.url_open(
            "/integration/v1/nobody/messages",
            data=b"{}",
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": TYPE,
            },
        )
        self.assert_problem(response, 401, "not-authenticated")
        self.assertFalse(
            self.env["integration.message"].search_count(
                [("system_id", "=", self.system.id)]
            )
        )

    def test_signed_request_is_accepted_and_a_changed_one_is_not(self):
        secret = self.system.issue_credential("hmac")["secret"]
        key = signatures.decode_secret(secret)
        body = json.dumps(self.event(1)).encode()
        headers = signatures.signed_headers([key], "msg-1", int(time.time()), body)
        send = {"data": body, "headers": {**headers, "Content-Type": TYPE}}
        self.assertEqual(self.url_open(self.address, **send).status_code, 202)
        send["data"] = body.replace(b"hello", b"hullo")
        self.assert_problem(
            self.url_open(self.address, **send), 401, "not-authenticated"
        )
        self.assertEqual(len(self.messages()), 1)

    def test_revoked_and_expired_secrets_stop_at_once(self):
        credential = self.system.credential_ids
        credential.valid_until = "2020-01-01 00:00:00"
        self.assert_problem(self.post(self.event(1)), 401, "not-authenticated")
        credential.valid_until = False
        self.assertEqual(self.post(self.event(1)).status_code, 202)
        credential.action_revoke()
        self.assert_problem(self.post(self.event(2)), 401, "not-authenticated")

    def test_rate_limit_answers_with_retry_after(self):
        self.system.write({"rate_limit_per_minute": 60, "rate_burst": 2})
        statuses = [self.post(self.event(n)).status_code for n in range(4)]
        self.assertEqual(statuses[0], 202)
        response = self.post(self.event(9))
        self.assert_problem(response, 429, "too-many-requests")
        self.assertGreaterEqual(int(response.headers["Retry-After"]), 1)

    def test_batch_answers_each_event_on_its_own(self):
        self.post(self.event(1))
        events = [
            self.event(1),
            self.event(2),
            self.event(2),
            {"x": 1},
            self.event(3, data=[]),
            self.event(2, data={"text": "changed"}),
        ]
        response = self.post(events, path="/batch", content_type=BATCH_TYPE)
        self.assertEqual(response.status_code, 207)
        results = response.json()["results"]
        self.assertEqual([r["status"] for r in results], [202, 202, 202, 400, 422, 422])
        self.assertEqual([r["id"] for r in results[:3]], ["e-1", "e-2", "e-2"])
        self.assertEqual(results[1]["message"], results[2]["message"])
        self.assertEqual(len(self.messages()), 2)

    def test_a_batch_says_which_events_follow_a_version_that_ends(self):
        contract = self.env["integration.contract"].search(
            [("code", "=", "connection.tested"), ("state", "=", "active")], limit=1
        )
        contract.write({"state": "deprecated", "sunset_at": datetime(2027, 3, 31, 22)})
        self.env.flush_all()
        # The only version there is: in force until it is retired.
        (result,) = self.post(
            [self.event(1)], path="/batch", content_type=BATCH_TYPE
        ).json()["results"]
        self.assertEqual(result["status"], 202, result)
        self.assertEqual(result["sunset"], "Wed, 31 Mar 2027 22:00:00 GMT")
        self.assertRegex(result["deprecation"], r"^@\d+$")

    def post_binary(self, number, body='{"text": "hello"}', **changes):
        attributes = {
            "ce-specversion": "1.0",
            "ce-id": f"e-{number}",
            "ce-source": "/tests",
            "ce-type": "connection.tested",
            "ce-subject": "K%C3%B6ln%20%E2%82%AC",
            "ce-sequence": "7",
            **{f"ce-{name}": value for name, value in changes.items()},
        }
        return self.post(body, content_type="application/json", **attributes)

    def test_binary_mode_is_the_same_message(self):
        first = self.post_binary(1)
        self.assertEqual(first.status_code, 202, first.text)
        message = self.messages()
        self.assertEqual((message.order_key, message.sequence), ("Köln €", 7))
        self.assertEqual(message.payload, {"text": "hello"})
        structured = self.event(1, subject="Köln €", sequence="7")
        again = self.post(structured)
        self.assertEqual(again.headers.get("Idempotency-Replayed"), "true")
        self.assertEqual(again.json(), first.json())

    def test_binary_mode_reads_quoted_attributes(self):
        self.post_binary(1, subject='"say \\"hi\\" %2B"')
        self.assertEqual(self.messages().order_key, 'say "hi" +')

    def test_the_content_type_decides_about_the_mode(self):
        structured = self.event(1, datacontenttype="application/json", subject="S")
        headers = {"ce-specversion": "1.0", "ce-id": "other"}
        first = self.post(structured, **headers)
        self.assertEqual(first.status_code, 202, first.text)
        self.assertEqual(self.messages().event_id, "e-1")
        again = self.post(self.event(1, subject="S"))
        self.assertEqual(again.headers.get("Idempotency-Replayed"), "true", again.text)

    def test_binary_mode_is_checked_like_the_other(self):
        self.assert_problem(self.post_binary(1, type=""), 400, "invalid-event")
        self.assert_problem(self.post_binary(1, body="{"), 400, "malformed-json")
        strange = self.post_binary(1, subject="%00%FF", type="%00")
        self.assert_problem(strange, 422, "unknown-contract")
        self.assertEqual(len(self.messages("refused")), 3)

    def test_plain_json_is_no_event(self):
        response = self.post(self.event(1), content_type="application/json")
        self.assert_problem(response, 415, "unsupported-media-type")

    def make_policy(self, **values):
        return self.env["integration.policy"].create(
            {
                "system_id": self.system.id,
                "contract_code": "connection.tested",
                **values,
            }
        )

    def test_key_that_a_policy_requires(self):
        self.make_policy(requires_idempotency_key=True)
        self.assert_problem(self.post(self.event(1)), 400, "idempotency-key-missing")
        keyed = self.post(self.event(1), **{"Idempotency-Key": "k-1"})
        self.assertEqual(keyed.status_code, 202, keyed.text)
        batch = [self.event(2), *(self.event(n, idempotencykey="k") for n in (3, 3, 4))]
        response = self.post(batch, path="/batch", content_type=BATCH_TYPE)
        missing, first, again, other = response.json()["results"]
        self.assertEqual(missing["type"], "urn:problem:idempotency-key-missing")
        self.assertEqual((first["status"], again["status"]), (202, 202))
        self.assertEqual(first["message"], again["message"])
        self.assertEqual(other["type"], "urn:problem:idempotency-key-reused")

    def test_limit_of_a_flow_and_nothing_of_it_in_the_log(self):
        self.make_policy(rate_limit_per_minute=2)
        statuses = [self.post(self.event(n)).status_code for n in range(3)]
        self.assertEqual(statuses, [202, 202, 429])
        response = self.post(self.event(4))
        self.assert_problem(response, 429, "too-many-requests")
        self.assertGreater(int(response.headers["Retry-After"]), 0)
        self.assertFalse(self.messages("refused"))

    def test_limit_of_a_flow_counts_in_a_batch(self):
        self.make_policy(rate_limit_per_minute=2)
        batch = [self.event(n) for n in range(3)]
        response = self.post(batch, path="/batch", content_type=BATCH_TYPE)
        statuses = [result["status"] for result in response.json()["results"]]
        self.assertEqual(statuses, [202, 202, 429])

    def test_full_lane_takes_nothing_until_some_is_worked_off(self):
        self.startPatcher(patch.object(backlog, "LOOK_SECONDS", 0))
        self.post(self.event(1))
        delivery = self.messages("accepted").delivery_ids
        lane = delivery.lane_id
        lane.backlog_limit = lane.waiting_count
        response = self.post(self.event(2))
        self.assert_problem(response, 429, "backlog-full")
        self.assertGreater(int(response.headers["Retry-After"]), 0)
        delivery.state = "done"
        self.assertEqual(self.post(self.event(2)).status_code, 202)

    def test_limit_of_a_credential(self):
        limited = self.system.issue_credential("bearer")
        self.env["integration.credential"].browse(
            limited["credential_id"]
        ).rate_limit_per_minute = 1
        token = limited["secret"]
        first = self.post(self.event(1), token=token)
        second = self.post(self.event(2), token=token)
        other = self.post(self.event(3))
        statuses = [answer.status_code for answer in (first, second, other)]
        self.assertEqual(statuses, [202, 429, 202])

    def test_batch_that_is_none_is_refused_whole(self):
        for body, slug in (
            ("{}", "invalid-batch"),
            ("[]", "invalid-batch"),
            ("[", "malformed-json"),
        ):
            with self.subTest(body=body):
                response = self.post(body, path="/batch", content_type=BATCH_TYPE)
                self.assert_problem(response, 400, slug)
        too_long = [self.event(n) for n in range(501)]
        response = self.post(too_long, path="/batch", content_type=BATCH_TYPE)
        self.assert_problem(response, 413, "batch-too-long")

    def test_failure_inside_is_no_traceback(self):
        target = "odoo.addons.integration_core.intake.admit_event"
        with (
            patch(target, side_effect=ZeroDivisionError("secret detail")),
            self.assertLogs("odoo.http", "ERROR"),
        ):
            response = self.post(self.event(1))
        self.assert_problem(response, 503, "temporarily-unavailable")
        self.assertNotIn("secret detail", response.text)

    def test_health_needs_no_credential(self):
        response = self.url_open("/integration/v1/health")
        self.assertEqual(
            (response.status_code, response.json()["status"]), (200, "pass")
        )

import json
import secrets

from odoo.tests import tagged

from .common import CONTEXT, EpcisCase

# When the test's events happened; what demo data tells of did on other days.
OF_THE_DAY = "GE_eventTime=2026-03-01T00:00:00Z&LT_eventTime=2026-03-02T00:00:00Z"


@tagged("post_install", "-at_install")
class TestCapture(EpcisCase):
    def test_what_was_captured_comes_back_as_it_was_sent(self):
        event = self.event(
            **{
                "recordTime": "2001-01-01T00:00:00Z",
                "example:colour": {"example:code": 5, "example:tags": ["a", True]},
                "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"},
            }
        )
        job = self.capture(event)
        self.assertEqual((job["running"], job["success"]), (False, True))
        (found,) = self.query(f"EQ_eventID={event['eventID']}")
        self.assertNotEqual(found.pop("recordTime"), event.pop("recordTime"))
        self.assertEqual(found, event)

    def test_job_can_be_asked_for_and_is_listed(self):
        response = self.call("/capture", "POST", self.document(self.event()))
        path = response.headers["Location"].partition("/epcis/v2")[2]
        job = self.call(path).json()
        self.assertEqual(job["captureID"], path.rpartition("/")[2])
        self.assertEqual(self.call("/capture").json()[0], job)
        self.assertEqual(self.call("/capture/unknown").status_code, 404)

    def test_same_event_is_kept_once(self):
        self.capture(self.event(1), self.event(1))
        self.capture(self.event(1), self.event(2))
        self.assertEqual(
            len(self.query("MATCH_epc=urn:epc:id:sgtin:4012345.012345.1")), 1
        )
        self.assertEqual(self.env["traceability.epcis.event"].search_count([]), 2)

    def test_a_member_named_twice_counts_as_the_last(self):
        first, last = self.event(1)["eventID"], self.event(2)["eventID"]
        body = json.dumps(self.document(self.event(1))).replace(
            f'"eventID": "{first}"', f'"eventID": "{first}", "eventID": "{last}"'
        )
        self.assertIn(last, body)
        response = self.call("/capture", "POST", body.encode())
        self.assertEqual(response.status_code, 202, response.text)
        self.assertEqual(len(self.query(f"EQ_eventID={last}")), 1)
        self.assertEqual(self.query(f"EQ_eventID={first}"), [])

    def test_other_event_under_the_same_id_is_a_conflict(self):
        self.capture(self.event())
        problem = self.refuse(self.document(self.event(bizStep="receiving")), 409)
        self.assertEqual(
            problem["errors"][0]["pointer"], "/epcisBody/eventList/0/eventID"
        )
        self.assertEqual(len(self.query(f"EQ_bizStep=receiving&{OF_THE_DAY}")), 0)

    def test_error_declaration_stands_beside_its_event(self):
        declaration = {
            "declarationTime": "2026-03-02T00:00:00Z",
            "reason": "incorrect_data",
        }
        self.capture(self.event())
        self.capture(self.event(errorDeclaration=declaration))
        event_id = self.event()["eventID"]
        self.assertEqual(len(self.query(f"EQ_eventID={event_id}")), 2)
        self.assertEqual(len(self.query("EXISTS_errorDeclaration=true")), 1)
        self.assertEqual(len(self.query("EQ_errorReason=incorrect_data")), 1)
        self.assertEqual(len(self.events_of(self.call(f"/events/{event_id}"))), 2)

    def test_event_without_an_id_gets_the_hash_of_the_standard(self):
        event = self.event()
        del event["eventID"]
        self.capture(event)
        self.capture(dict(event, recordTime="2026-04-01T00:00:00Z"))
        (found,) = self.query(f"EQ_bizStep=shipping&eventType=ObjectEvent&{OF_THE_DAY}")
        self.assertRegex(found["eventID"], r"^ni:///sha-256;[0-9a-f]{64}\?ver=CBV2.0$")

    def test_single_event_is_answered_with_its_address(self):
        event = {"@context": CONTEXT, **self.event()}
        response = self.call("/events", "POST", event)
        self.assertEqual(response.status_code, 201, response.text)
        path = response.headers["Location"].partition("/epcis/v2")[2]
        self.assertEqual(len(self.events_of(self.call(path))), 1)
        self.assertEqual(self.call("/events", "POST", event).status_code, 201)
        self.refuse(self.document(self.event()), path="/events")

    def test_one_fault_refuses_the_whole_document(self):
        bad = self.event(2, bizStep="shiping")
        problem = self.refuse(self.document(self.event(1), bad))
        self.assertEqual(problem["type"], "epcisException:ValidationException")
        self.assertEqual(problem["code"], "urn:problem:epcis-not-valid")
        self.assertEqual(
            problem["errors"][0]["pointer"], "/epcisBody/eventList/1/bizStep"
        )
        self.assertIn("shiping", problem["errors"][0]["detail"])
        self.assertEqual(self.env["traceability.epcis.event"].search_count([]), 0)

    def test_proceed_keeps_what_is_well_made(self):
        body = self.document(self.event(1), self.event(2, bizStep="shiping"))
        response = self.call(
            "/capture", "POST", body, GS1_Capture_Error_Behaviour="proceed"
        )
        job = response.json()
        self.assertEqual((response.status_code, job["success"]), (202, False))
        self.assertIn("/epcisBody/eventList/1/bizStep", job["errors"][0]["detail"])
        self.assertEqual(
            len(self.query(f"eventType=ObjectEvent&EQ_bizStep=shipping&{OF_THE_DAY}")), 1
        )

    def test_prefixes_that_mean_two_things_stay_apart(self):
        self.capture(self.event(1, **{"example:a": 1}))
        other = [CONTEXT, {"example": "https://other.example.com/"}]
        self.capture(self.event(2, **{"example:a": 2}), **{"@context": other})
        first, second = self.query(f"EQ_bizStep=shipping&{OF_THE_DAY}")
        self.assertEqual(
            first["@context"][1], {"example": "https://ns.example.com/epcis/"}
        )
        self.assertEqual(second["@context"], other)

    def test_large_and_precise_numbers_are_the_same_event_again(self):
        event = self.event(**{"example:a": [1e16, -0.0, 1e-7, 12345678901234567890]})
        self.capture(event)
        self.assertEqual(self.capture(event)["success"], True)
        (found,) = self.query(f"EQ_eventID={event['eventID']}")
        self.assertEqual(found["example:a"], event["example:a"])

    def test_more_events_than_allowed_are_refused_in_every_kind_of_document(self):
        events = [{}] * 5001
        body = self.document(*events)
        results = {"queryName": "q", "resultsBody": {"eventList": events}}
        answer = self.document(type="EPCISQueryDocument")
        answer["epcisBody"] = {"queryResults": results}
        for sent in (body, answer):
            problem = self.refuse(sent, 413)
            self.assertEqual(
                problem["type"], "epcisException:CaptureLimitExceededException"
            )

    def test_a_byte_order_mark_is_ignored(self):
        body = b"\xef\xbb\xbf" + json.dumps(self.document(self.event())).encode()
        self.assertEqual(self.call("/capture", "POST", body).status_code, 202)

    def test_event_types_of_ones_own_use_the_standards_members_as_it_does(self):
        good = self.event(type="example:Cleaning", colour=5)
        self.capture(good)
        self.assertEqual(len(self.query("eventType=https://ns.example.com/epcis/Cleaning")), 1)
        for members in ({"bizStep": 5}, {"readPoint": "x"}, {"epcList": {"a": 1}}):
            bad = self.event(2, type="example:Cleaning", **members)
            problem = self.refuse(self.document(bad))
            pointer = f"/epcisBody/eventList/0/{[*members][0]}"
            self.assertTrue(problem["errors"][0]["pointer"].startswith(pointer))

    def test_identifiers_that_no_index_keeps_are_refused(self):
        long = f"urn:acme:{secrets.token_hex(2000)}"
        self.refuse(self.document(self.event(eventID=long)))
        self.refuse(self.document(self.event(epcList=[long])))

    def test_refusals_are_on_record(self):
        before = self.env["integration.message"].search_count([])
        self.refuse(b"{")
        self.refuse(self.document(self.event()), 415, Content_Type="text/xml")
        self.assertEqual(self.env["integration.message"].search_count([]), before + 2)

    def test_master_data_is_kept_and_places_have_descendants(self):
        header = {
            "epcisMasterData": {
                "vocabularyList": [
                    {
                        "type": "urn:epcglobal:epcis:vtype:ReadPoint",
                        "vocabularyElementList": [
                            {
                                "id": "urn:epc:id:sgln:4012345.00001.0",
                                "children": ["urn:epc:id:sgln:4012345.00001.7"],
                            }
                        ],
                    }
                ]
            }
        }
        place = {"id": "urn:epc:id:sgln:4012345.00001.7"}
        self.capture(self.event(readPoint=place), epcisHeader=header)
        top = "urn:epc:id:sgln:4012345.00001.0"
        self.assertEqual(len(self.query(f"WD_readPoint={top}")), 1)
        self.assertEqual(len(self.query(f"EQ_readPoint={top}")), 0)

    def test_message_of_the_backbone_captures_as_well(self):
        message = self.receive("epcis.capture", self.document(self.event()))
        self.assertEqual(message.delivery_ids.state, "done")
        self.assertEqual(len(self.query(f"EQ_eventID={self.event()['eventID']}")), 1)

    def test_other_companies_do_not_see_the_event(self):
        self.capture(self.event())
        other = self.env["res.company"].create({"name": "Other"})
        self.system.company_id = other
        self.assertEqual(self.query(f"EQ_bizStep=shipping&{OF_THE_DAY}"), [])
        self.capture(self.event(bizStep="receiving"))
        self.assertEqual(len(self.query(f"EQ_bizStep=receiving&{OF_THE_DAY}")), 1)

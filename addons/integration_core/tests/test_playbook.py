"""Playbooks: what follows an event, step by step, and back."""

from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .. import playbook_work
from ..lib.errors import PermanentError
from ..lib.results import HandlerResult
from ..models import integration_message_queries as queries
from .common import IntegrationCase

EVENT = "partner.seen"


@tagged("post_install", "-at_install")
class TestPlaybook(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.env["integration.contract"].create(
            {"name": "Seen", "code": EVENT, "direction": "out", "schema": {}}
        )
        cls.keeper = new_test_user(cls.env, "playbook-keeper", "base.group_user")
        cls.partner = cls.env["res.partner"].create({"name": "Acme", "comment": ""})
        cls.user = new_test_user(
            cls.env, "playbook-user", "base.group_user,base.group_partner_manager"
        )
        cls.playbook = cls.env["integration.playbook"].create(
            {
                "name": "Look after a partner",
                "contract_code": EVENT,
                "user_id": cls.user.id,
                "responsible_id": cls.keeper.id,
            }
        )

    def action(self, code, model="res.partner"):
        return self.env["ir.actions.server"].create(
            {
                "name": code[:30],
                "model_id": self.env["ir.model"]._get_id(model),
                "state": "code",
                "code": code,
            }
        )

    def add_steps(self, *steps):
        """Steps as ``{"name", "do", "undo", …}``; do and undo are Python code."""
        vals_list = []
        for number, step in enumerate(steps):
            vals = {"sequence": number, "retry_schedule": "60", **step}
            for name, field in (("do", "action_id"), ("undo", "undo_action_id")):
                if name in vals:
                    vals[field] = self.action(vals.pop(name)).id
            vals_list.append(Command.create(vals))
        self.playbook.step_ids = [Command.clear(), *vals_list]

    def publish(self, **payload):
        """Publish the event. Returns the run it starts."""
        self.env["integration.message"]._publish(EVENT, self.partner, payload)
        return self.playbook.run_ids.sorted("id")[-1:]

    def work(self, minutes=0):
        """Do what the scheduled action does, so many minutes from now."""
        # Odoo cuts moments to seconds: what is due now is due within one.
        moment = queries.now() + timedelta(minutes=minutes, seconds=2)

        self.env.flush_all()
        with (
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
            patch.object(queries, "now", lambda: moment),
        ):
            env = api.Environment(cr, SUPERUSER_ID, {})
            moves = playbook_work.PlaybookWorker(env).run()
        self.env.invalidate_all()
        return moves

    def what(self, run):
        return run.history_ids.mapped("what")

    def test_steps_run_in_order_as_the_playbooks_user(self):
        self.add_steps(
            {"name": "First", "do": "record.write({'function': 'by '})"},
            {
                "name": "Second",
                "do": "record.write({'ref': record.function + env.user.login})",
            },
        )
        run = self.publish(kind="x")
        self.assertEqual((run.state, len(run.step_ids)), ("running", 2))
        self.work()
        self.assertEqual(run.state, "done")
        self.assertEqual(self.partner.ref, "by playbook-user")
        self.assertEqual(self.what(run), ["started", "done", "done", "finished"])
        self.assertIn("First", run.picture)

    def test_archived_playbook_stays_silent_whoever_publishes(self):
        self.playbook.active = False
        Message = self.env["integration.message"].with_context(active_test=False)
        Message._publish(EVENT, self.partner, {})
        self.assertFalse(self.playbook.run_ids)

    def test_who_is_responsible_may_discuss(self):
        self.add_steps({"name": "Look", "kind": "person"})
        run = self.publish()
        run.with_user(self.keeper).message_post(body="I am on it")
        self.assertIn("on it", run.message_ids[0].body)

    def test_filter_and_company_decide_what_starts(self):
        self.playbook.filter_expression = "kind == 'x'"
        self.assertFalse(self.publish(kind="y"))
        self.assertTrue(self.publish(kind="x"))
        other = self.env["res.company"].create({"name": "Other plant"})
        self.user.company_ids += other
        self.playbook.company_id = other
        count = len(self.playbook.run_ids)
        self.publish(kind="x")
        self.assertEqual(len(self.playbook.run_ids), count)

    def test_failed_step_is_tried_again_and_then_everything_is_undone_backwards(self):
        append = "record.write({'ref': (record.ref or '') + '%s'})"
        self.add_steps(
            {"name": "A", "do": append % "a", "undo": append % "A"},
            {"name": "B", "do": append % "b", "undo": append % "B"},
            {
                "name": "C",
                "do": "record.write({'ref': 'lost'})\nraise UserError('No stock')",
                "max_attempts": 2,
            },
            {"name": "D", "do": append % "d"},
        )
        run = self.publish()
        self.work()
        step = run.step_ids.filtered(lambda s: s.name == "C")
        self.assertEqual((run.state, step.attempt_count), ("running", 1))
        self.assertEqual(self.partner.ref, "ab")
        self.assertFalse(self.work())  # not due yet
        self.work(minutes=5)
        self.assertEqual(run.state, "undone")
        self.assertEqual(self.partner.ref, "abBA")
        states = {s.name: s.state for s in run.step_ids}
        self.assertEqual(
            states, {"A": "undone", "B": "undone", "C": "failed", "D": "pending"}
        )
        self.assertEqual(self.what(run).count("failed"), 2)
        self.assertEqual(run.activity_ids.user_id, self.keeper)

    def test_step_may_be_gone_on_without(self):
        self.add_steps(
            {
                "name": "A",
                "do": "raise UserError('No')",
                "max_attempts": 1,
                "on_failure": "skip",
            },
            {"name": "B", "do": "record.write({'ref': 'b'})"},
        )
        run = self.publish()
        self.work()
        self.assertEqual((run.state, self.partner.ref), ("done", "b"))

    def test_held_run_is_decided_by_its_keeper(self):
        self.add_steps(
            {
                "name": "A",
                "do": "if not record.ref: raise UserError('No reference')",
                "max_attempts": 1,
                "on_failure": "hold",
            }
        )
        run = self.publish()
        self.work()
        self.assertEqual((run.state, run.last_error), ("held", "No reference"))
        stranger = new_test_user(self.env, "playbook-stranger", "base.group_user")
        with self.assertRaises(AccessError):
            run.with_user(stranger).action_retry()
        with self.assertRaises(AccessError):
            run.with_user(self.keeper).write({"state": "done"})
        run.with_user(self.keeper).action_retry()
        self.work()
        self.assertEqual(run.state, "held")
        self.partner.ref = "R"
        run.with_user(self.keeper).action_retry()
        self.assertFalse(run.activity_ids)
        self.work()
        self.assertEqual(run.state, "done")
        with self.assertRaises(UserError):
            run.action_undo()
        resumed = run.history_ids.filtered(lambda line: line.what == "resumed")
        self.assertEqual(resumed.create_uid, self.keeper)

    def test_person_continues_and_may_take_back(self):
        self.add_steps(
            {
                "name": "A",
                "do": "record.write({'ref': 'a'})",
                "undo": "record.write({'ref': 'undone'})",
            },
            {"name": "Look at it", "kind": "person"},
            {"name": "B", "do": "record.write({'ref': 'b'})"},
        )
        first = self.publish()
        self.work()
        self.assertEqual(first.state, "waiting")
        self.assertEqual(first.activity_ids.user_id, self.keeper)
        first.with_user(self.keeper).action_continue()
        self.work()
        self.assertEqual((first.state, self.partner.ref), ("done", "b"))
        second = self.publish()
        self.work()
        second.with_user(self.keeper).action_undo()
        self.work()
        self.assertEqual((second.state, self.partner.ref), ("undone", "undone"))

    def test_delay_and_condition(self):
        self.add_steps(
            {"name": "A", "do": "record.write({'ref': 'a'})", "condition": "n > `1`"},
            {"name": "B", "do": "record.write({'ref': 'b'})", "delay_minutes": 30},
        )
        run = self.publish(n=1)
        self.work()
        self.assertEqual((run.state, self.partner.ref), ("running", False))
        self.work(minutes=31)
        self.assertEqual((run.state, self.partner.ref), ("done", "b"))
        self.assertEqual(run.step_ids[0].state, "skipped")

    def test_step_acts_where_its_path_leads(self):
        child = self.env["res.partner"].create(
            {"name": "Child", "parent_id": self.partner.id}
        )
        self.add_steps(
            {
                "name": "A",
                "do": "records.write({'ref': 'child'})",
                "record_path": "child_ids",
            }
        )
        run = self.publish()
        self.work()
        self.assertEqual((run.state, child.ref), ("done", "child"))
        for path in ("no_such", "name", "name.deeper", "name.a.b", "country_id"):
            with self.subTest(path=path):
                self.playbook.step_ids.record_path = path
                self.partner.country_id = self.env.ref("base.de")
                run = self.publish()
                self.work()
                self.assertEqual(run.state, "undone")
                self.assertTrue(run.step_ids.last_error)

    def test_user_may_do_no_more_than_is_allowed(self):
        self.user.group_ids = [
            Command.unlink(self.env.ref("base.group_partner_manager").id)
        ]
        self.add_steps(
            {
                "name": "A",
                "do": "record.write({'ref': 'a'})",
                "max_attempts": 1,
                "on_failure": "hold",
            }
        )
        run = self.publish()
        self.work()
        self.assertEqual((run.state, self.partner.ref), ("held", False))

    def test_only_administrators_write_playbooks(self):
        manager = new_test_user(
            self.env,
            "playbook-manager",
            "integration_core.integration_core_group_manager",
        )
        with self.assertRaises(AccessError):
            self.playbook.with_user(manager).user_id = self.env.ref("base.user_admin")

    def test_change_of_the_playbook_leaves_its_runs_alone(self):
        self.add_steps({"name": "A", "do": "record.write({'ref': 'a'})"})
        run = self.publish()
        self.add_steps({"name": "B", "do": "record.write({'ref': 'b'})"})
        self.work()
        self.assertEqual((run.step_ids.name, self.partner.ref), ("A", "a"))

    def test_playbooks_that_start_one_another_are_stopped(self):
        self.add_steps(
            {
                "name": "Again",
                "do": f"env['integration.message']._publish({EVENT!r}, record, {{}})",
            }
        )
        # Server actions cannot call private methods: publish as the action type does.
        publish = self.env["ir.actions.server"].create(
            {
                "name": "Publish",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "integration_publish",
                "integration_contract_id": self.contract.id,
            }
        )
        self.playbook.step_ids.action_id = publish
        self.publish()
        for _round in range(30):
            if not self.work():
                break
        runs = self.playbook.run_ids.sorted("id")
        self.assertEqual(runs[-1].state, "held")
        self.assertEqual(len(runs), runs._DEPTH_MAX + 1)
        # What each caused refers to what caused it.
        self.assertEqual(runs[1].message_id.causation_id, runs[0].message_id.uuid)

    def test_move_that_ends_its_worker_twice_is_held(self):
        self.add_steps({"name": "A", "do": "record.write({'ref': 'a'})"})
        run = self.publish()
        run.claim_count = 2  # as two workers leave it that ended in the middle
        self.work()
        self.assertEqual((run.state, self.partner.ref), ("held", False))
        self.assertEqual(self.what(run), ["started", "interrupted", "held"])
        run.action_retry()
        self.work()
        self.assertEqual((run.state, self.partner.ref), ("done", "a"))

    def test_permanent_error_is_not_tried_again(self):
        self.add_steps({"name": "A", "do": "record.write({'ref': 'a'})"})
        run = self.publish()
        with patch.object(
            type(run), "_run_action", side_effect=PermanentError("Never")
        ):
            self.work()
        self.assertEqual((run.state, run.step_ids.attempt_count), ("undone", 1))

    def test_filter_that_cannot_be_applied_holds_the_run(self):
        self.playbook.filter_expression = "sum(items)"
        run = self.publish(items="none")
        self.assertEqual(run.state, "held")
        self.assertFalse(run.step_ids)

    def test_inbound_message_starts_it_once_it_is_handled(self):
        self.grant("connection.tested")
        self.playbook.contract_code = "connection.tested"
        message = self.receive("connection.tested", {"text": "x"}, process_now=False)
        self.assertFalse(self.playbook.run_ids)
        self.work_off(message.delivery_ids)
        self.assertEqual(self.playbook.run_ids.payload, {"text": "x"})

    def test_ignored_message_starts_nothing(self):
        self.grant("connection.tested")
        self.playbook.contract_code = "connection.tested"
        handler = self.env.registry["integration.handler.connection.tested"]
        late = HandlerResult(outcome="ignored", summary="Too late")
        with patch.object(handler, "_handle", lambda _self, _message: late):
            message = self.receive("connection.tested", {"text": "x"})
        self.assertEqual(message.delivery_ids.state, "ignored")
        self.assertFalse(self.playbook.run_ids)

    def test_run_goes_on_after_its_message_left_the_log(self):
        self.add_steps(
            {"name": "Wait", "kind": "person"},
            {"name": "A", "do": "record.write({'ref': 'after'})"},
        )
        run = self.publish()
        self.work()
        # As after retention: nothing in the log keeps a message for a run.
        self.env.cr.execute(
            "UPDATE integration_playbook_run SET message_id = 2000000000 WHERE id = %s",
            (run.id,),
        )
        self.env.invalidate_all()
        run.with_user(self.keeper).action_continue()
        self.work()
        self.assertEqual((run.state, self.partner.ref), ("done", "after"))
        self.assertIn("Wait", run.picture)

    def test_wrong_definitions_are_refused(self):
        for vals in (
            {"kind": "action"},
            {"kind": "handler"},
            {"kind": "person", "retry_schedule": "soon"},
            {"kind": "person", "max_attempts": 0},
            {"kind": "person", "condition": "[["},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self.playbook.step_ids = [Command.create({"name": "S", **vals})]
        with self.assertRaises(ValidationError):
            self.playbook.filter_expression = "[["
        self.add_steps({"name": "A", "kind": "person"})
        self.publish()
        with self.assertRaises(UserError):
            self.playbook.unlink()


from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.integration_core.lib.envelope import write_moment

# Nothing was reported yet: the state is what the shop floor answered.
UNTOUCHED_STATES = ("released", "accepted", "rejected")
ANSWER_KINDS = ("order_rejected", "not_acknowledged")


class MesOrder(models.Model):
    """What the shop floor is told about an order: released, changed, recalled."""

    _inherit = "mes.order"

    def _publish(self, code):
        self.ensure_one()
        self.env["integration.message"]._publish(
            code,
            self.production_id,
            self._prepare_payload(code),
            order_key=self.name,
        )

    def _prepare_payload(self, code):
        if code == "production.order.recalled":
            return {
                "order": self.name,
                "production": self.production_id.name,
                "release": self.release_number,
                "reason": self.env.context.get("mes_reason") or "",
            }
        return self.production_id._prepare_released_payload(self)

    def _tell(self, code, **vals):
        """Tell the shop floor under a new release number, which it answers anew.

        :param code: of the contract; ``vals``: what else changes on the order.
        """
        self.ensure_one()
        production = self.production_id
        revision = self.revision or {}
        if code != "production.order.recalled" and not production._is_made_as(revision):
            vals["revision"] = production._prepare_revision()
        self.write(
            {
                "release_number": self.release_number + 1,
                "planned_finish": production.date_finished,
                "told_at": fields.Datetime.now(),
                "answer": False,
                "answer_reason": False,
                **vals,
            }
        )
        self._keep_exceptions({}, ANSWER_KINDS)
        self._publish(code)
        self._notify()

    def _publish_change(self):
        """Tell the shop floor that the order has changed; it answers anew."""
        for order in self:
            waits = order.state in UNTOUCHED_STATES
            vals = {"state": "released"} if waits else {}
            order._tell("production.order.changed", **vals)

    def action_tell_again(self):
        """Tell the shop floor anew what it rejected or never answered."""
        for order in self:
            if order.state == "closed":
                raise UserError(self.env._("%s is closed already.", order.name))
            if order.state == "cancelled":
                order._tell("production.order.recalled")
            else:
                order._publish_change()
        return True

    def action_recall(self, reason=""):
        """Take the order back from the shop floor; what was reported stays posted.

        :raises UserError: it is closed.
        """
        for order in self:
            order._check_open()
            order.with_context(mes_reason=reason)._tell(
                "production.order.recalled",
                state="cancelled",
                closed_at=fields.Datetime.now(),
            )
        return True

    def action_release_again(self):
        """Release a rejected or recalled order anew, as it is planned now."""
        for order in self:
            if order.state not in ("rejected", "cancelled"):
                raise UserError(
                    self.env._("Only a rejected or recalled order is released again.")
                )
            production = order.production_id
            production._check_released_state()
            production._check_preconditions()
            order._tell(
                "production.order.released",
                state="released",
                released_at=fields.Datetime.now(),
                closed_at=False,
            )
        return True

    # Answers -------------------------------------------------------------

    def _take_answer(self, vals_list):
        """Take the answer of the shop floor to what it was told last.

        :param vals_list: of one ``mes.event``, not on record.
        """
        self.ensure_one()
        told = {"order_id": self.id, "part": self.part, "release": self.release_number}
        self.env["mes.event"].create([{**vals, **told} for vals in vals_list])
        self.invalidate_recordset(["event_ids"])
        answer = self._get_answers().sorted()[-1:]
        vals = {"answer": answer.kind, "answer_reason": answer.reason}
        if self.state in UNTOUCHED_STATES:
            vals["state"] = answer.kind
        self.write(vals)
        problems = {}
        if answer.kind == "rejected":
            problems["order_rejected"] = self._describe_rejection(answer)
        self._keep_exceptions(problems, ANSWER_KINDS)
        self._notify()

    def _get_answers(self):
        """Return the answers to what the shop floor was told last."""
        return self.event_ids.filtered(
            lambda event: (
                event.kind in ("accepted", "rejected")
                and event.release == self.release_number
            )
        )

    def _describe_rejection(self, answer):
        return self.env._(
            "The shop floor does not take release %(release)s of %(order)s, which is "
            "%(state)s: %(reason)s.",
            release=answer.release,
            order=self.name,
            state=self._get_state_label().lower(),
            reason=answer.reason or self.env._("no reason given"),
        )

    def _prepare_rejection(self, message, reason):
        """Return the payload that tells the sender that a report was not taken."""
        return {
            "order": message.order_key or "",
            "report": message.event_id or "",
            "source": message.source or "",
            "type": message.contract_code,
            "reason": reason,
            "rejected_at": write_moment(fields.Datetime.now()),
        }

    def action_open_production(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mrp.production",
            "res_id": self.production_id.id,
            "view_mode": "form",
        }

    def action_open_exceptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "integration_core.integration_exception_action"
        )
        return dict(action, domain=[("mes_order_id", "=", self.id)])

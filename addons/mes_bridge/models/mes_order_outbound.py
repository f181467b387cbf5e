from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.integration_core.lib.envelope import write_moment


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

    def _publish_change(self):
        """Tell the shop floor that the order has changed; it answers anew."""
        for order in self:
            order.write(
                {
                    "release_number": order.release_number + 1,
                    "planned_finish": order.production_id.date_finished,
                    "revision": order.production_id._prepare_revision(),
                }
            )
            order._publish("production.order.changed")
            order._notify()

    def action_recall(self, reason=""):
        """Take the order back from the shop floor; what was reported stays posted.

        :raises UserError: it is closed.
        """
        for order in self:
            if order.state in ("closed", "cancelled"):
                raise UserError(
                    self.env._("%s is closed or recalled already.", order.name)
                )
            order.write(
                {
                    "state": "cancelled",
                    "release_number": order.release_number + 1,
                    "closed_at": fields.Datetime.now(),
                }
            )
            order.with_context(mes_reason=reason)._publish("production.order.recalled")
            order._notify()
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
            order.write(
                {
                    "state": "released",
                    "release_number": order.release_number + 1,
                    "released_at": fields.Datetime.now(),
                    "closed_at": False,
                    "revision": production._prepare_revision(),
                }
            )
            # The answer to what was released before counts no more.
            order.event_ids.filtered(
                lambda event: event.kind in ("accepted", "rejected")
            ).sudo().is_superseded = True  # people have no right to edit reports
            order._publish("production.order.released")
            order._notify()
        return True

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

from odoo import fields, models
from odoo.exceptions import UserError


class QualityNonconformance(models.Model):
    """What goes to the supplier: the question why, and the bill."""

    _inherit = "quality.nonconformance"

    def action_request_8d(self):
        """Draft an 8D report of the supplier about this."""
        self.ensure_one()
        if not self.partner_id:
            raise UserError(self.env._("Say which supplier it is to come from."))
        action = self.corrective_action_id or self.env[
            "quality.corrective.action"
        ].create(self._prepare_corrective_action_vals())
        self.corrective_action_id = action
        return action._get_records_action()

    def _prepare_corrective_action_vals(self):
        return {
            "title": self.description.split("\n", 1)[0][:200],
            "partner_id": self.partner_id.commercial_partner_id.id,
            "product_id": self.product_id.id,
            "defect_code_ids": self.defect_code_ids.ids,
            "company_id": self.company_id.id,
        }

    def action_charge_back(self):
        """Draft a refund of the supplier over the costs to charge."""
        self.ensure_one()
        self.check_access("write")
        charged = self.cost_ids.filtered(lambda c: c.is_charged and not c._is_billed())
        if not self.partner_id or not charged:
            raise UserError(
                self.env._("There is no cost left to charge to the supplier.")
            )
        # Quality decides what is charged; the draft waits for accounting.
        refund = (
            self.env["account.move"].sudo().create(self._prepare_refund_vals(charged))
        )
        charged.sudo().refund_id = refund
        self.message_post(
            body=self.env._("Charged to the supplier: %s", refund.display_name)
        )
        return refund

    def _prepare_refund_vals(self, costs):
        return {
            "move_type": "in_refund",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "ref": self.name,
            "nonconformance_id": self.id,
            "invoice_line_ids": [
                fields.Command.create(
                    {"name": f"{self.name}: {cost.name}", "price_unit": cost.amount}
                )
                for cost in costs
            ],
        }

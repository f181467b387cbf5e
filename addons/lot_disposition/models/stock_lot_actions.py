from odoo import fields, models


class StockLot(models.Model):
    """What people open from a lot."""

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "stock.lot"

    disposition_impact_count = fields.Integer(
        compute="_compute_disposition_impact_count"
    )

    def _compute_disposition_impact_count(self):
        counts = dict(
            self.env["lot.disposition.impact"]._read_group(
                [("lot_id", "in", self.ids)], ["lot_id"], ["__count"]
            )
        )
        for lot in self:
            lot.disposition_impact_count = counts.get(lot, 0)

    def action_open_impacts(self):
        """Open what the holds of these lots endangered."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lot_disposition.lot_disposition_impact_action"
        )
        return dict(action, domain=[("lot_id", "in", self.ids)], context={})

    def action_open_requests(self):
        """Open what waits for an approval about these lots."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lot_disposition.lot_disposition_request_action"
        )
        return dict(action, domain=[("lot_id", "in", self.ids)])

    def action_grant_permit(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Grant a Permit"),
            "res_model": "lot.disposition.permit",
            "view_mode": "form",
            "context": {"default_lot_id": self.id},
        }

    def action_split(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Split"),
            "res_model": "lot.disposition.split",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lot_id": self.id},
        }

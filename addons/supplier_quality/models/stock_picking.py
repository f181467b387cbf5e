from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    inspection_ids = fields.One2many("quality.inspection", "picking_id")
    inspection_count = fields.Integer(compute="_compute_inspection_count")

    def _compute_inspection_count(self):
        counts = dict(
            self.env["quality.inspection"]._read_group(
                [("picking_id", "in", self.ids)], ["picking_id"], ["__count"]
            )
        )
        for picking in self:
            picking.inspection_count = counts.get(picking, 0)

    def action_open_inspections(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_inspection_action"
        )
        return dict(action, domain=[("picking_id", "=", self.id)], context={})

    def _request_inspection(self, lot, quantity):
        """Hold a received lot until its inspection is decided.

        :param quantity: received, in the product's unit.
        :returns: the inspection; empty when no plan asks for one.
        """
        self.ensure_one()
        # Receiving must not need quality rights: the plan decides, not the receiver.
        picking, lot = self.sudo(), lot.sudo()
        plan = (
            self.env["quality.inspection.plan"]
            .sudo()
            ._find_for(lot.product_id, picking.partner_id, picking.company_id)
        )
        if not plan:
            return self.env["quality.inspection"]
        existing = picking.inspection_ids.filtered(
            lambda i: i.lot_id == lot and i.state != "cancelled"
        )
        if existing:
            # More of the same lot on the same receipt: the same inspection covers it.
            existing.quantity += quantity
            return existing
        inspection = (
            self.env["quality.inspection"]
            .sudo()
            .create(
                {
                    "plan_id": plan.id,
                    "product_id": lot.product_id.id,
                    "lot_id": lot.id,
                    "picking_id": picking.id,
                    "partner_id": picking.partner_id.id,
                    "quantity": quantity,
                    "company_id": picking.company_id.id,
                }
            )
        )
        if lot.disposition == "released":
            lot._set_disposition(
                "pending",
                self.env._("%s is not decided yet", inspection.name),
                path="inspection",
                origin=inspection,
            )
        inspection._publish_requested()
        return inspection

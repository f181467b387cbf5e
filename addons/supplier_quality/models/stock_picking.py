from odoo import fields, models


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "quality.vendor.check.mixin"]

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

    def _action_done(self):
        self._check_vendor_list()
        return super()._action_done()

    def _find_vendor_problems(self):
        self.ensure_one()
        moves = self.move_ids.filtered(
            lambda move: move.state != "cancel" and move._is_supplied()
        )
        if not moves or self.state == "done":
            return {}
        # Whoever receives may not buy. What was ordered of one supplier is not received
        # from another, and a supplier that is not named is on no list.
        ordered = moves.sudo().purchase_line_id.order_id.partner_id
        problems = {}
        for partner in ordered or self.partner_id or [self.partner_id]:
            problems |= self.env["quality.approved.vendor"]._find_problems(
                partner.with_env(self.env), moves.product_id, self.company_id
            )
        return problems

    def _get_vendor_override(self):
        return (
            super()._get_vendor_override()
            or (
                self.sudo().purchase_id.vendor_override_reason  # whoever receives may not buy
            )
        )

    def action_open_inspections(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_inspection_action"
        )
        return dict(action, domain=[("picking_id", "=", self.id)], context={})

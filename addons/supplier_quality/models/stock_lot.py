from odoo import fields, models

from .quality_inspection import OPEN_STATES

DECIDED_STATES = ("passed", "skipped")


class StockLot(models.Model):
    _inherit = "stock.lot"

    inspection_ids = fields.One2many("quality.inspection", "lot_id")
    inspection_count = fields.Integer(compute="_compute_inspection_count")
    certificate_ids = fields.One2many("quality.certificate", "lot_id")

    def _compute_inspection_count(self):
        counts = dict(
            self.env["quality.inspection"]._read_group(
                [("lot_id", "in", self.ids)], ["lot_id"], ["__count"]
            )
        )
        for lot in self:
            lot.inspection_count = counts.get(lot, 0)

    def action_open_inspections(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_inspection_action"
        )
        return dict(action, domain=[("lot_id", "=", self.id)], context={})

    def action_inspect(self):
        """Ask for an inspection on demand, by the plan that fits the lot best."""
        self.ensure_one()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_inspection_demand_action"
        ) | {"context": {"default_lot_id": self.id}}

    # What it waits for ----------------------------------------------------

    def _release_if_ready(self, origin):
        """Release a pending lot, if nothing is left that it waits for.

        :param origin: the inspection or certificate that may have been the last thing.
        :returns: sentences on what it still waits for; empty when it is free.
        """
        self.ensure_one()
        if self.disposition != "pending":
            return []
        obstacles = self._get_release_obstacles()
        if not obstacles:
            self._set_disposition(
                "released",
                self.env._("%s passed", origin.name),
                path="inspection",
                origin=origin,
            )
        return obstacles

    def _get_release_obstacles(self):
        """Hook: sentences on what the lot waits for, besides what was just decided."""
        obstacles = []
        # Also an inspection of another company may hold a shared lot.
        inspections = self.sudo().inspection_ids
        if inspections.filtered(lambda one: one.state in OPEN_STATES):
            obstacles.append(self.env._("The lot waits for another inspection."))
        elif not inspections.filtered(lambda one: one.state in DECIDED_STATES):
            obstacles.append(self.env._("The lot was not inspected."))
        if self._lacks_certificate():
            obstacles.append(self.env._("The lot waits for a valid certificate."))
        return obstacles

    def _lacks_certificate(self):
        """Tell whether its latest plan asks for a certificate that there is not."""
        self.ensure_one()
        lot = self.sudo()  # whoever receives or inspects need not read certificates
        plan = lot.inspection_ids.sorted("id", reverse=True)[:1].plan_id
        if not plan.requires_certificate:
            return False
        return not lot.certificate_ids.filtered(lambda one: one.state == "valid")

    def _find_same_supplier_lot(self):
        """Return the lots of this product that the supplier calls the same.

        The supplier's number is the lot's reference, or where that is empty its name.
        """
        self.ensure_one()
        number = self.ref or self.name
        return self.search(
            [
                ("product_id", "=", self.product_id.id),
                ("company_id", "in", (self.company_id.id, False)),
                "|",
                ("ref", "=", number),
                "&",
                ("ref", "in", (False, "")),
                ("name", "=", number),
            ]
        )

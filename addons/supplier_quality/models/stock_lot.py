from odoo import fields, models
from odoo.exceptions import UserError

from .quality_inspection import MANAGER, OPEN_STATES

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

    def _on_disposition_changed(self, entries):
        result = super()._on_disposition_changed(entries)
        # The review decided it; whoever approves the release last need not be in it.
        self.env["quality.nonconformance.decision"].sudo()._on_lots_decided(self)
        return result

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

    def _check_ready(self, status):
        """No lot is released without its certificate, nor while it is inspected.

        The quality manager alone may release what is not inspected to the end.
        """
        super()._check_ready(status)
        if status != "released":
            return
        decides = self.env.su or self.env.user.has_group(MANAGER)
        for lot in self:
            obstacles = lot._get_release_obstacles() if lot._get_inspections() else []
            if decides:
                obstacles = lot._get_certificate_obstacles()
            if obstacles:
                raise UserError(
                    self.env._(
                        "Lot %(lot)s cannot be released. %(obstacles)s",
                        lot=lot.name,
                        obstacles=" ".join(obstacles),
                    )
                )

    def _get_release_obstacles(self):
        """Hook: sentences on what the lot waits for, besides what was just decided."""
        obstacles = []
        inspections = self._get_inspections()
        if inspections.filtered(lambda one: one.state in OPEN_STATES):
            obstacles.append(self.env._("The lot waits for another inspection."))
        elif not inspections.filtered(lambda one: one.state in DECIDED_STATES):
            obstacles.append(self.env._("The lot was not inspected."))
        if decider := self._find_decider():
            obstacles.append(self.env._("%s decides about the lot.", decider))
        return obstacles + self._get_certificate_obstacles()

    def _get_certificate_obstacles(self):
        if not self._lacks_certificate():
            return []
        return [self.env._("The lot waits for a valid certificate.")]

    def _get_inspections(self):
        """Return the inspections of the lot, else of the lot it was split from."""
        self.ensure_one()
        # Also an inspection of another company may hold a shared lot; and whoever
        # receives need not read inspections.
        for lot in self.sudo()._get_lineage():
            if lot.inspection_ids:
                return lot.inspection_ids
        return self.sudo().inspection_ids

    def _lacks_certificate(self):
        """Tell whether one of its plans asks for a certificate that there is not."""
        return bool(self._get_uncertified_plans())

    def _get_uncertified_plans(self):
        """Return the plans it was inspected by, latest versions, that lack a certificate.

        Whoever has it inspected once more, by another plan, does not change what was asked
        for when it came in.
        """
        self.ensure_one()
        latest = {}
        for plan in self._get_inspections().sorted("id").plan_id:
            latest[plan.origin_id] = plan
        # As above. What is stated of a lot is stated of each part of it.
        certificates = self.sudo()._get_lineage().certificate_ids
        return self.env["quality.inspection.plan"].union(
            *(
                plan.sudo()
                for plan in latest.values()
                if plan.requires_certificate and not certificates._cover(plan)
            )
        )

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

from odoo import fields, models
from odoo.tools import groupby

from odoo.addons.integration_core.lib.envelope import write_moment

REQUESTED = "inspection.requested"


class QualityInspection(models.Model):
    """How receipts ask for inspections."""

    # A file for each side of the model: one of 600 lines would be hard to read.
    # pylint: disable=consider-merging-classes-inherited
    _inherit = "quality.inspection"

    def _request_for_receipt(self, lines):
        """Ask for the inspection of received lines, and hold their lots at once.

        Each received line belongs to exactly one inspection, so that a lot of several
        lines is inspected once, and nothing twice. Goods of a lot that arrive while its
        inspection still waits join it; once samples were taken they were not among them,
        and get one of their own.

        :param lines: ``stock.move.line`` of supplier receipts with a lot.
        :returns: the inspections, new or joined.
        """
        plans = self.env["quality.inspection.plan"]._find_for_lines(lines)
        inspections = self.browse()

        def key(line):
            return line.lot_id.id, plans[line].id, line._get_supplier().id

        for _key, group in groupby(plans, key=key):
            group_lines = self.env["stock.move.line"].union(*group)
            inspections |= self._request_for_lot(group_lines, plans[group_lines[0]])
        return inspections

    def _request_for_lot(self, lines, plan):
        """Join the waiting inspection of this lot, or create one; then hold the lot."""
        line = lines[0]
        inspection = self.search(
            [
                ("lot_id", "=", line.lot_id.id),
                ("plan_id", "=", plan.id),
                ("partner_id", "=", line._get_supplier().id),
                ("company_id", "=", line.company_id.id),
                ("state", "=", "draft"),
                ("receipt_line_ids", "!=", False),
            ],
            limit=1,
        )
        if inspection:
            lines.quality_inspection_id = inspection
            inspection._update_received_quantity()
        else:
            inspection = self.create(self._prepare_receipt_vals(lines, plan))
            lines.quality_inspection_id = inspection
        inspection._hold_lot()
        return inspection

    def _prepare_receipt_vals(self, lines, plan):
        line = lines[0]
        return {
            "plan_id": plan.id,
            "lot_id": line.lot_id.id,
            "picking_id": line._get_receipt().id,
            "partner_id": line._get_supplier().id,
            "company_id": line.company_id.id,
            "quantity": sum(lines.mapped("quantity_product_uom")),
            "user_id": plan.user_id.id,
        }

    def _update_received_quantity(self):
        """Follow the received lines; without any left there is nothing to inspect."""
        for inspection in self:
            quantity = sum(inspection.receipt_line_ids.mapped("quantity_product_uom"))
            if not quantity:
                inspection._set_cancelled(
                    inspection.env._("The receipt was corrected: nothing was received.")
                )
            elif quantity != inspection.quantity:
                inspection.quantity = quantity
                inspection._publish_requested()

    def _hold_lot(self):
        """Make the lot pending, unless something stricter holds it already."""
        for inspection in self:
            if inspection.lot_id.disposition == "released":
                inspection.lot_id._set_disposition(
                    "pending",
                    inspection.env._("Waiting for inspection %s", inspection.name),
                    path="inspection",
                    origin=inspection,
                )

    def _on_requested(self):
        """Hook: these inspections have just been created, in this transaction."""
        for inspection in self:
            inspection._publish_requested()
            if inspection.user_id:
                inspection.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=inspection.env._("Inspect lot %s", inspection.lot_id.name),
                    user_id=inspection.user_id.id,
                )

    def _publish_requested(self):
        """Tell laboratories; again under the same number when the quantity grows."""
        self.ensure_one()
        return self.env["integration.message"]._publish(
            REQUESTED,
            self,
            self._prepare_requested_payload(),
            order_key=f"inspection:{self.name}",
        )

    def _prepare_requested_payload(self):
        # Whoever receives or inspects need not read plans, suppliers and orders.
        inspection = self.sudo()
        return {
            "inspection": inspection.name,
            **inspection._prepare_goods_payload(),
            "plan": inspection.plan_id.name,
            "plan_version": inspection.plan_id.version,
            "samples": inspection.sample_size,
            "characteristics": [
                characteristic._prepare_payload()
                for characteristic in inspection.plan_id.characteristic_ids
            ],
            "requested_at": write_moment(
                inspection.create_date or fields.Datetime.now()
            ),
        }

from odoo import models
from odoo.tools import groupby


class QualityInspection(models.Model):
    """How goods that come in ask for inspections."""

    # A file for each side of the model: one of 600 lines would be hard to read.
    # pylint: disable=consider-merging-classes-inherited
    _inherit = "quality.inspection"

    def _request_for_lines(self, lines, operation):
        """Ask for the inspection of finished lines, and hold their lots at once.

        Each line belongs to one inspection, so that a lot of several lines is inspected
        once, and nothing twice. Goods of a lot that arrive while its inspection still
        waits join it; once samples were taken they were not among them, and get one of
        their own. Of what has no lot, one transfer is inspected at once.

        :param lines: ``stock.move.line``, done.
        :param operation: see ``quality.inspection.plan``.
        :returns: the inspections, new or joined.
        """
        goods = {line: line._get_inspected_goods() for line in lines}
        plans = self.env["quality.inspection.plan"]._find_for_goods(operation, goods)
        inspections = self.browse()

        def key(line):
            goods = line._get_goods_to_inspect()
            return tuple(goods.values()), plans[line].id, line._get_supplier().id

        for _key, group in groupby(plans, key=key):
            group_lines = self.env["stock.move.line"].union(*group)
            inspections |= self._request_for_goods(
                group_lines, plans[group_lines[0]], operation
            )
        return inspections

    def _request_for_goods(self, lines, plan, operation):
        """Join the waiting inspection of these goods, or create one; then hold the lot."""
        line = lines[0]
        inspection = self.search(
            [
                *((name, "=", value) for name, value in line._get_goods_to_inspect().items()),
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
            inspection = self.create(
                dict(self._prepare_request_vals(lines, plan), operation=operation)
            )
            lines.quality_inspection_id = inspection
            inspection._on_requested()
        inspection.filtered(
            lambda i: i.lot_id and (i.state == "draft" or i.lot_id._lacks_certificate())
        )._hold_lot()
        return inspection

    def _prepare_request_vals(self, lines, plan):
        line = lines[0]
        return {
            "plan_id": plan.id,
            "product_id": line.product_id.id,
            "picking_id": line._get_transfer().id,
            **line._get_goods_to_inspect(),
            "release_location_id": line._get_release_location().id,
            "partner_id": line._get_supplier().id,
            "company_id": line.company_id.id,
            "quantity": sum(lines.mapped("quantity_product_uom")),
            "user_id": plan.user_id.id,
        }

    def _on_requested(self):
        """Hook: goods have just asked for these; skip what may be skipped."""
        for inspection in self:
            if inspection._get_history()._may_skip(inspection.plan_id):
                inspection._skip()
                continue
            inspection._publish_requested()
            if inspection.user_id:
                inspection.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Inspect %s", inspection._get_goods_name()),
                    user_id=inspection.user_id.id,
                )

    def _skip(self):
        """Let a lot through under skip-lot sampling, and say so in the ledger."""
        self.write({"state": "skipped"})
        self._record_sampling(kind="skipped")
        self.message_post(
            body=self.env._(
                "Skipped: this supplier qualified, and one lot of %s is inspected.",
                self.plan_id.skip_every,
            )
        )

    def _update_received_quantity(self):
        """Follow the received lines; without any left there is nothing to inspect."""
        for inspection in self:
            quantity = sum(inspection.receipt_line_ids.mapped("quantity_product_uom"))
            if not quantity:
                inspection.write({"state": "cancelled"})
                inspection.message_post(
                    body=self.env._("The receipt was corrected: nothing was received.")
                )
            elif quantity != inspection.quantity:
                inspection.quantity = quantity
                inspection._draw_samples()
                inspection._publish_requested()

    def _hold_lot(self):
        """Make the lot pending, unless something stricter holds it already."""
        for inspection in self:
            if inspection.lot_id.disposition == "released":
                inspection.lot_id._set_disposition(
                    "pending",
                    self.env._("%s is not decided yet", inspection.name),
                    path="inspection",
                    origin=inspection,
                )

    def _publish_requested(self):
        """Tell laboratories; again under the same number when the quantity changes."""
        for inspection in self:
            self.env["integration.message"]._publish(
                "inspection.requested",
                inspection,
                inspection._prepare_requested_payload(),
                order_key=f"lot:{inspection.lot_id.id}"
                if inspection.lot_id
                else f"inspection:{inspection.id}",
            )

    def _prepare_requested_payload(self):
        self.ensure_one()
        inspection = self.sudo()  # whoever receives need not read plans and suppliers
        return {
            "inspection": inspection.name,
            "item": inspection.product_id._get_item_code(),
            "lot": inspection.lot_id.name or None,
            "quantity": inspection.quantity,
            "unit": inspection.uom_id.name,
            "receipt": inspection.picking_id.name or "",
            "supplier": inspection.partner_id.name or "",
            "samples": inspection.sample_size,
            "acceptance": inspection.acceptance,
            "rejection": inspection.rejection,
            "severity": inspection.severity,
            "characteristics": [
                {
                    "code": characteristic.code,
                    "name": characteristic.name,
                    "kind": characteristic.kind,
                    "unit": characteristic.unit or "",
                    "samples": characteristic._get_sample_count(inspection.sample_size),
                }
                for characteristic in inspection.plan_id.characteristic_ids
            ],
        }

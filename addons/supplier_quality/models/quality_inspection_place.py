from odoo import fields, models

from .quality_inspection import OPEN_STATES


class QualityInspection(models.Model):
    """Goods without a lot wait in a quarantine place; a pass lets them out of it."""

    # A file for each side of the model: one of 600 lines would be hard to read.
    # pylint: disable=consider-merging-classes-inherited
    _inherit = "quality.inspection"

    held_location_id = fields.Many2one(
        "stock.location",
        string="Waits in",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Goods without a lot are on hold by the place they are in.",
    )
    release_location_id = fields.Many2one(
        "stock.location", string="Released to", readonly=True, copy=False
    )
    certificate_ids = fields.One2many("quality.certificate", "inspection_id")
    release_permit_id = fields.Many2one(
        "lot.disposition.permit",
        string="Release",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _get_goods_name(self):
        """Return how people call what is inspected."""
        self.ensure_one()
        if self.lot_id:
            return self.env._("lot %s", self.lot_id.name)
        return self.env._(
            "%(quantity)s %(unit)s of %(product)s in %(place)s",
            quantity=f"{self.quantity:.15g}",
            unit=self.uom_id.name,
            product=self.product_id.display_name,
            place=self.held_location_id.display_name,
        )

    def _get_disposition(self):
        """Return the disposition of the goods; what has no lot is held by its place."""
        self.ensure_one()
        if self.lot_id:
            return self.lot_id.disposition
        released = self.state in ("passed", "skipped") and (
            not self.release_location_id or self.release_permit_id.state == "active"
        )
        return "released" if released else "quarantined"

    def _get_disposition_label(self):
        labels = self.env["stock.lot"]._fields["disposition"]._description_selection(
            self.env
        )
        return dict(labels)[self._get_disposition()].lower()

    def _find_open_in_place(self, holder, product):
        """Return the open inspections of goods without a lot in a place or package."""
        place = holder if holder._name == "stock.location" else holder.location_id
        return self.search(
            [
                ("held_location_id", "child_of", place.ids),
                ("product_id", "=", product.id),
                ("state", "in", OPEN_STATES),
            ]
        )

    def _on_passed(self):
        result = super()._on_passed()
        if not self.lot_id:
            self._release_quantity()
        return result

    def _skip(self):
        result = super()._skip()
        if not self.lot_id:
            self._release_quantity()
        return result

    def _release_quantity(self):
        """Let what passed out of its quarantine place, at once or when all approved it."""
        self.ensure_one()
        quantity = self._get_quantity_to_release()
        if obstacle := self._find_release_obstacle(quantity):
            self.message_post(body=obstacle)
            return
        permit = self.env["lot.disposition.permit"].create(
            {
                "location_id": self.held_location_id.id,
                "product_id": self.product_id.id,
                "quantity": quantity,
                "release_to_id": self.release_location_id.id,
                "reason": self.env._("%s passed", self.name),
            }
        )
        self.sudo().release_permit_id = permit  # it has no other writer
        if permit.state != "active":
            self.message_post(
                body=self.env._("It waits for what it takes to release it.")
            )

    def _find_release_obstacle(self, quantity):
        """Return a sentence on why nothing is let out; empty when something is."""
        place = self.held_location_id
        if not (place.in_quarantine and self.release_location_id):
            return self.env._("Nothing holds it in %s.", place.display_name)
        if self._lacks_certificate():
            return self.env._(
                "The goods wait for a valid certificate and stay in %s.", place.display_name
            )
        if self.uom_id.compare(quantity, 0) <= 0:
            return self.env._("Nothing of it is left in %s.", place.display_name)
        return ""

    def _lacks_certificate(self):
        """Tell whether the plan asks for a certificate of these goods that there is not."""
        if not self.plan_id.requires_certificate:
            return False
        # What is stated of a delivery holds however often it is inspected.
        alike = self.sudo() | self.sudo().search(
            [
                ("picking_id", "in", self.picking_id.ids),
                ("product_id", "=", self.product_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("lot_id", "=", False),
            ]
        )
        return not alike.certificate_ids._cover(self.plan_id)

    def _release_certified(self):
        """Let out what waited for nothing but its certificate."""
        for inspection in self:
            if inspection.state in ("passed", "skipped") and (
                not inspection.release_permit_id
            ):
                inspection._release_quantity()

    def action_record_certificate(self):
        """Open a new certificate of what is inspected."""
        self.ensure_one()
        of_what = "lot_id" if self.lot_id else "inspection_id"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Certificate"),
            "res_model": "quality.certificate",
            "view_mode": "form",
            "context": {
                f"default_{of_what}": self.lot_id.id or self.id,
                "default_partner_id": self.partner_id.id,
            },
        }

    def _get_quantity_to_release(self):
        """Return what was inspected, as far as it still lies there and is not released."""
        permits = self.env["lot.disposition.permit"]
        there = permits._get_releasable(self.held_location_id, self.product_id)
        return min(self.quantity, there)

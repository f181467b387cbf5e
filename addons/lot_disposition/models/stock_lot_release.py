from odoo import fields, models


class StockLot(models.Model):
    """How many people, and whether with a signature, release a lot or grant a permit."""

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "stock.lot"

    disposition_request_ids = fields.One2many("lot.disposition.request", "lot_id")
    disposition_permit_ids = fields.One2many("lot.disposition.permit", "lot_id")
    disposition_request_count = fields.Integer(
        compute="_compute_disposition_request_count"
    )

    def _compute_disposition_request_count(self):
        counts = dict(
            self.env["lot.disposition.request"]._read_group(
                [("lot_id", "in", self.ids), ("state", "=", "waiting")],
                ["lot_id"],
                ["__count"],
            )
        )
        for lot in self:
            lot.disposition_request_count = counts.get(lot, 0)

    def _get_release_rule(self):
        """Return (number of people, whether each signs) for releasing this lot."""
        # The rule binds whoever releases, also those who may not read the product; these
        # two values are all that leaves it.
        return self.sudo().product_id.product_tmpl_id._get_release_rule()

    def _request_permit(self, permit, signature=None):
        """Put a new permit in force, or ask for the approvals it needs."""
        self.ensure_one()
        self._lock_for_change()
        if self._is_approved_at_once(signature):
            permit._activate(None)
            return
        request = self._create_request(
            {"permit_id": permit.id, "reason": permit.reason, "path": "ui"}
        )
        self._approve_as_asking(request, signature)

    def _find_permits(self, move, use, quantity):
        """Return permits in force that together cover a quantity; empty if they do not.

        :param quantity: in the product's unit.
        """
        self.ensure_one()
        permits = self.disposition_permit_ids.filtered(
            lambda permit: permit._covers(move, use) and permit._get_left() > 0
        ).sorted(lambda permit: (permit.valid_until or fields.Date.today(), permit.id))
        left = sum(permit._get_left() for permit in permits)
        if left == float("inf") or self.product_id.uom_id.compare(left, quantity) >= 0:
            return permits
        return permits.browse()

    def _apply_disposition(self, status, reason, *, path, origin=None, request=None):
        """A permit is for what is restricted now; another time takes another permit."""
        ending = self.filtered(lambda lot: lot.disposition == "restricted")
        entries = super()._apply_disposition(
            status, reason, path=path, origin=origin, request=request
        )
        if status != "restricted":
            # Permits end by rule, whoever may read them.
            ending.sudo().disposition_permit_ids._end(reason)
        return entries

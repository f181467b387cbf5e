from odoo import SUPERUSER_ID, fields, models

from ..lib.decision import RELEASING


class StockLot(models.Model):
    """Releases that take two people or a signature."""

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

    def _ask_for_approval(self, status, reason, path, origin, signature):
        """Turn what one click may not release into requests."""
        ready = super()._ask_for_approval(status, reason, path, origin, signature)
        if status not in RELEASING:
            return ready
        for lot in ready:
            if lot._is_approved_at_once(signature):
                continue
            ready -= lot
            request = lot._find_request(status) or lot._create_request(
                {
                    "to_status": status,
                    "reason": reason,
                    "path": path,
                    "res_model": origin._name if origin else False,
                    "res_id": origin.id if origin else False,
                }
            )
            lot._approve_as_asking(request, signature)
        return ready

    def _is_approved_at_once(self, signature):
        """Tell whether this one user, with what they signed, is enough."""
        self.ensure_one()
        people, signed = self._get_release_rule()
        return people == 1 and (not signed or self._is_own_signature(signature))

    def _get_release_rule(self):
        """Return (number of people, whether each signs) for releasing this lot."""
        # The rule binds whoever releases, also those who may not read the product; these
        # two values are all that leaves it.
        return self.sudo().product_id.product_tmpl_id._get_release_rule()

    def _is_own_signature(self, signature):
        return bool(signature) and signature.user_id == self.env.uid

    def _find_request(self, status):
        return self.disposition_request_ids.filtered(
            lambda request: request.state == "waiting" and request.to_status == status
        )[:1]

    def _create_request(self, values):
        self.ensure_one()
        people, signed = self._get_release_rule()
        # Requests have no other writer; the rights were checked before.
        request = (
            self.env["lot.disposition.request"]
            .sudo()
            .create(
                {
                    **values,
                    "lot_id": self.id,
                    "people_needed": people,
                    "signature_needed": signed,
                }
            )
        )
        return request.with_env(self.env)

    def _approve_as_asking(self, request, signature):
        """Whoever asks approves by that, being a person who signed where that is needed."""
        if self.env.uid == SUPERUSER_ID or not self._is_quality():
            return
        if request.signature_needed and not self._is_own_signature(signature):
            return
        # Who approved is a fact, whoever may read it.
        if self.env.user not in request.sudo().approval_ids.user_id:
            request._approve(signature)

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
        """What was asked for before this change is overtaken by it."""
        entries = super()._apply_disposition(
            status, reason, path=path, origin=origin, request=request
        )
        # Requests have no other writer.
        overtaken = self.sudo().disposition_request_ids.filtered(
            lambda asked: asked.state == "waiting" and asked.to_status
        )
        overtaken.write({"state": "obsolete"})
        return entries

from odoo import SUPERUSER_ID, fields, models

from ..lib.decision import RELEASING
from .lot_disposition_queries import FOR_WRITING, lock_rows


class LotDispositionMixin(models.AbstractModel):
    """Releases that take two people or a signature."""

    _inherit = "lot.disposition.mixin"

    def _ask_for_approval(self, status, reason, path, origin, signature):
        """Turn what one click may not release into requests."""
        ready = super()._ask_for_approval(status, reason, path, origin, signature)
        if status not in RELEASING:
            return ready
        for record in ready:
            if record._is_approved_at_once(signature):
                continue
            ready -= record
            waiting = record._find_waiting_requests().filtered(
                lambda asked: asked.to_status == status
            )[:1]
            request = waiting or record._create_request(
                {
                    "to_status": status,
                    "reason": reason,
                    "path": path,
                    "res_model": origin._name if origin else False,
                    "res_id": origin.id if origin else False,
                }
            )
            record._approve_as_asking(request, signature)
        return ready

    def _is_approved_at_once(self, signature, rule=None):
        """Tell whether this one user, with what they signed, is enough.

        :param rule: (people, whether each signs) where not all that is held is concerned.
        """
        self.ensure_one()
        people, signed = rule or self._get_release_rule()
        return people == 1 and (not signed or self._is_own_signature(signature))

    def _get_release_rule(self):
        """Return (number of people, whether each signs) for releasing this.

        Of a package or a place: the strictest rule of what is in it.
        """
        self.ensure_one()
        # The rule binds whoever releases, also those who may not read what is in it.
        quants = self.env["stock.quant"].sudo()
        groups = quants._read_group(
            [*self._get_reserved_domain(), ("quantity", ">", 0)], ["product_id"]
        )
        rules = [
            product.product_tmpl_id._get_release_rule() for (product,) in groups
        ]
        return (
            max((people for people, _signed in rules), default=1),
            any(signed for _people, signed in rules),
        )

    def _is_own_signature(self, signature):
        return bool(signature) and signature.user_id == self.env.uid

    def _find_waiting_requests(self):
        # What is asked for is a fact, whoever may read it.
        Request = self.env["lot.disposition.request"].sudo()
        found = Request.search(
            [
                (self._disposition_column, "in", self.ids),
                ("state", "=", "waiting"),
                ("to_status", "!=", False),
            ]
        )
        return found.with_env(self.env)

    def _create_request(self, values, rule=None):
        self.ensure_one()
        people, signed = rule or self._get_release_rule()
        # Requests have no other writer; the rights were checked before.
        request = (
            self.env["lot.disposition.request"]
            .sudo()
            .create(
                {
                    **values,
                    self._disposition_column: self.id,
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

    # Permits ------------------------------------------------------------------

    def _request_permit(self, permit, signature=None):
        """Put a new permit in force, or ask for the approvals it needs."""
        self.ensure_one()
        self._lock_for_permit()
        permit._check_goods_there()
        rule = permit._get_release_rule()
        if self._is_approved_at_once(signature, rule):
            permit._activate(None)
            return
        request = self._create_request(
            {"permit_id": permit.id, "reason": permit.reason, "path": "ui"}, rule
        )
        self._approve_as_asking(request, signature)

    def _lock_for_permit(self):
        """Have one permit for these goods after the other granted or revoked."""
        lock_rows(self, FOR_WRITING)

    def _find_permits(self, line, use, quantity):
        """Return permits in force that together cover a quantity; empty if they do not.

        :param line: the move line that takes the goods.
        :param quantity: in the product's unit.
        """
        self.ensure_one()
        permits = self._get_permits(line).filtered(
            lambda permit: permit._covers(line.move_id, use) and permit._get_left() > 0
        ).sorted(lambda permit: (permit.valid_until or fields.Date.today(), permit.id))
        left = sum(permit._get_left() for permit in permits)
        uom = line.product_id.uom_id
        if left == float("inf") or uom.compare(left, quantity) >= 0:
            return permits
        return permits.browse()

    def _get_permits(self, line):
        """Return the permits for what a line takes out of this place or package."""
        column = self._disposition_column
        path = line[column].parent_path
        return line.product_id.disposition_permit_ids.filtered(
            lambda permit: (
                permit[column]
                and path.startswith(permit[column].parent_path)
                and permit[column].parent_path.startswith(self.parent_path)
            )
        )

    def _get_all_permits(self):
        """Return the permits for goods that these hold."""
        column = self._disposition_column
        return self.env["lot.disposition.permit"].search([(column, "child_of", self.ids)])

    def _apply_disposition(self, status, reason, *, path, origin=None, request=None):
        """What was asked for, or permitted, before this change is overtaken by it."""
        # Permits end by rule, whoever may read them.
        ending = self.sudo()._get_ending_permits(status)
        entries = super()._apply_disposition(
            status, reason, path=path, origin=origin, request=request
        )
        # Requests have no other writer.
        self._find_waiting_requests().sudo().write({"state": "obsolete"})
        ending._end(reason)
        return entries

    def _get_ending_permits(self, status):
        """Return the permits that another status than before ends.

        A permit is for what is held now; another time takes another permit.
        """
        return self._get_all_permits()

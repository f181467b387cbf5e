from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from .lot_disposition_entry import PATH, STATUS
from .lot_disposition_queries import FOR_WRITING, lock_rows

STATE = [
    ("waiting", "Waiting"),
    ("done", "Approved"),
    ("refused", "Refused"),
    ("obsolete", "Overtaken"),
]


class LotDispositionRequest(models.Model):
    """A release, or a permit, that takes more than one click of one person."""

    _name = "lot.disposition.request"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Release Request"
    _order = "id desc"

    lot_id = fields.Many2one(
        "stock.lot", required=True, readonly=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(related="lot_id.product_id")
    company_id = fields.Many2one(related="lot_id.company_id", store=True)
    to_status = fields.Selection(STATUS, string="Release as", readonly=True)
    permit_id = fields.Many2one(
        "lot.disposition.permit", readonly=True, ondelete="restrict"
    )
    reason = fields.Char(required=True, readonly=True)
    path = fields.Selection(PATH, required=True, readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Source document", model_field="res_model", readonly=True
    )
    people_needed = fields.Integer(required=True, readonly=True, default=1)
    signature_needed = fields.Boolean(readonly=True)
    approval_ids = fields.One2many(
        "lot.disposition.approval", "request_id", readonly=True
    )
    state = fields.Selection(
        STATE, required=True, readonly=True, default="waiting", tracking=True, index=True
    )

    @api.depends("lot_id", "to_status", "permit_id")
    def _compute_display_name(self):
        for request in self:
            what = request.permit_id or request.lot_id
            request.display_name = self.env._("Release of %s", what.display_name)

    def action_approve(self):
        """Approve; where a signature is needed, ask for it."""
        self.ensure_one()
        self._check_may_approve()
        if self.signature_needed:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Sign"),
                "res_model": "lot.disposition.sign",
                "view_mode": "form",
                "target": "new",
                "context": {"default_request_id": self.id},
            }
        self._approve()
        return True

    def action_refuse(self):
        """Refuse; the lot stays as it is."""
        for request in self:
            request._check_may_approve()
            # Nobody writes requests and permits by hand; rights were just checked.
            request.sudo().state = "refused"
            if request.permit_id:
                request.permit_id.sudo().state = "revoked"

    def _check_may_approve(self):
        """:raises UserError: when it is decided already, or the user approved before."""
        self.ensure_one()
        if self.state != "waiting":
            raise UserError(self.env._("%s is decided already.", self.display_name))
        self.lot_id._check_may_decide(self.to_status or "restricted")
        if self.env.uid == SUPERUSER_ID:
            raise UserError(self.env._("A release is approved by people."))
        # Who approved is a fact, whoever may read it.
        if self.env.user in self.sudo().approval_ids.user_id:
            raise UserError(
                self.env._(
                    "You approved %s already: it takes another person.", self.display_name
                )
            )

    def _approve(self, signature=None):
        """Add the user's approval; with the last one the lot is released.

        :param signature: ``lib.signature.Signature`` of this user, where it is needed.
        :raises UserError: when the user may not, or did not sign.
        """
        self.ensure_one()
        lock_rows(self, FOR_WRITING)
        self._check_may_approve()
        if self.signature_needed and not (
            signature and signature.user_id == self.env.uid
        ):
            raise UserError(self.env._("Sign to approve %s.", self.display_name))
        self._add_approval(signature)
        # As in the check: every approval counts, also one the user may not read.
        if len(self.sudo().approval_ids.user_id) >= self.people_needed:
            self._conclude()

    def _add_approval(self, signature):
        user = self.env.user
        # The one way to an approval; whose it is was checked.
        self.env["lot.disposition.approval"].sudo().create(
            {
                "request_id": self.id,
                "user_id": user.id,
                "name": signature.name if signature else user.name,
                "meaning": signature.meaning if signature else "approval",
                "is_signed": bool(signature),
                "approved_at": signature.signed_at if signature else fields.Datetime.now(),
            }
        )
        self.invalidate_recordset(["approval_ids"])

    def _conclude(self):
        """Do what all of them approved."""
        self.sudo().state = "done"  # nobody writes requests by hand
        if self.permit_id:
            self.permit_id._activate(self)
            return
        origin = self.res_model and self.env[self.res_model].browse(self.res_id)
        self.lot_id._lock_for_change()
        self.lot_id._apply_disposition(
            self.to_status, self.reason, path=self.path, origin=origin, request=self
        )

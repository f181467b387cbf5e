from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

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
        "stock.lot", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    package_id = fields.Many2one(
        "stock.package", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    location_id = fields.Many2one(
        "stock.location",
        string="Place",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    product_id = fields.Many2one(
        "product.product", compute="_compute_product_id", search="_search_product_id"
    )
    quantity = fields.Float(related="permit_id.quantity")
    uom_id = fields.Many2one(related="product_id.uom_id")
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True
    )
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
    has_approved = fields.Boolean(
        compute="_compute_has_approved", help="Whether whoever looks approved it already."
    )
    state = fields.Selection(
        STATE, required=True, readonly=True, default="waiting", tracking=True, index=True
    )

    _one_subject = models.Constraint(
        "CHECK (num_nonnulls(lot_id, package_id, location_id) = 1)",
        "A request is about one lot, one package or one place.",
    )

    @api.depends("lot_id.company_id", "package_id.company_id", "location_id.company_id")
    def _compute_company_id(self):
        for request in self:
            request.company_id = request._get_subject().company_id

    @api.depends("approval_ids.user_id")
    @api.depends_context("uid")
    def _compute_has_approved(self):
        for request in self:
            # Who approved is a fact, whoever may read it.
            request.has_approved = self.env.user in request.sudo().approval_ids.user_id

    @api.depends("lot_id", "permit_id")
    def _compute_product_id(self):
        for request in self:
            request.product_id = request.permit_id.product_id or request.lot_id.product_id

    @api.model
    def _search_product_id(self, operator, value):
        return (
            Domain("lot_id.product_id", operator, value)
            | Domain("permit_id.product_id", operator, value)
        )

    def _get_subject(self):
        """Return what is to be released: a lot, a package or a place."""
        self.ensure_one()
        return self.lot_id or self.package_id or self.location_id

    @api.depends("lot_id", "package_id", "location_id", "to_status", "permit_id")
    def _compute_display_name(self):
        for request in self:
            what = request.permit_id or request._get_subject()
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
        """Refuse; the goods stay as they are."""
        for request in self:
            request._check_may_approve()
            # Nobody writes requests and permits by hand; rights were just checked.
            request.sudo().state = "refused"
            request.permit_id.sudo()._set_revoked()

    def _check_may_approve(self):
        """:raises UserError: when it is decided already, or the user approved before."""
        self.ensure_one()
        if self.state != "waiting":
            raise UserError(self.env._("%s is decided already.", self.display_name))
        self._check_may_decide()
        if self.env.uid == SUPERUSER_ID:
            raise UserError(self.env._("A release is approved by people."))
        # Who approved is a fact, whoever may read it.
        if self.env.user in self.sudo().approval_ids.user_id:
            raise UserError(
                self.env._(
                    "You approved %s already: it takes another person.", self.display_name
                )
            )

    def _check_may_decide(self):
        """:raises AccessError: when the user may not decide that, alone or with others."""
        subject = self._get_subject()
        if self.permit_id and not self.lot_id:
            subject._check_decided_here()
            self.permit_id._check_may_grant()
        else:
            subject._check_may_decide(self.to_status or "restricted")

    def _approve(self, signature=None):
        """Add the user's approval; with the last one the goods are released.

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
            self._get_subject()._lock_for_permit()
            self.permit_id._check_goods_there()
            self.permit_id._activate(self)
            return
        origin = self.res_model and self.env[self.res_model].browse(self.res_id)
        subject = self._get_subject()
        # What was ready when it was asked for may wait for something by now.
        subject._check_ready(self.to_status)
        subject._lock_for_change()
        subject._apply_disposition(
            self.to_status, self.reason, path=self.path, origin=origin, request=self
        )

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .lot_disposition_mixin import MANAGER

USE = [
    ("any", "Any use"),
    ("consume", "Consumption"),
    ("ship", "Shipment"),
    ("transfer_out", "Transfer to elsewhere"),
    ("scrap", "Scrapping"),
]
STATE = [
    ("waiting", "Waiting for approval"),
    ("active", "In force"),
    ("revoked", "Revoked"),
]
# What was granted. The rest is chatter.
LIMITS = {
    "lot_id",
    "package_id",
    "location_id",
    "company_id",
    "product_id",
    "release_to_id",
    "use",
    "quantity",
    "used_quantity",
    "made_product_ids",
    "partner_ids",
    "order_ref",
    "valid_from",
    "valid_until",
    "reason",
    "state",
    "use_ids",
}


class LotDispositionPermit(models.Model):
    """A concession: a restricted lot may be used for this, within these limits.

    Or a quantity of a product may leave the place or package that holds it, see
    ``lot_disposition_permit_place.py``. What is used is counted down, see
    ``lot_disposition_permit_using.py``. A permit is never edited: revoke it and grant another.
    """

    _name = "lot.disposition.permit"
    _inherit = "mail.thread"
    _description = "Permit"
    _order = "id desc"

    lot_id = fields.Many2one(
        "stock.lot", index="btree_not_null", ondelete="restrict", tracking=True
    )
    package_id = fields.Many2one(
        "stock.package", index="btree_not_null", ondelete="restrict", tracking=True
    )
    location_id = fields.Many2one(
        "stock.location",
        string="Out of",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True
    )
    uom_id = fields.Many2one(related="product_id.uom_id")
    use = fields.Selection(USE, required=True, default="any")
    quantity = fields.Float(
        digits="Product Unit", help="At most this much in all; 0: any quantity."
    )
    used_quantity = fields.Float(string="Used", digits="Product Unit", readonly=True)
    remaining_quantity = fields.Float(
        string="Left", digits="Product Unit", compute="_compute_remaining_quantity"
    )
    made_product_ids = fields.Many2many(
        "product.product",
        string="For making",
        help="Only to make one of these products; empty: any.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="For customers",
        help="Only for one of these customers; empty: any.",
    )
    order_ref = fields.Reference(
        selection="_selection_order_ref",
        string="For order",
        help="Only for this order; empty: any.",
    )
    valid_from = fields.Date()
    valid_until = fields.Date()
    reason = fields.Char(required=True)
    state = fields.Selection(
        STATE, required=True, readonly=True, default="waiting", copy=False, tracking=True
    )
    use_ids = fields.One2many(
        "lot.disposition.permit.use", "permit_id", string="Used for"
    )
    request_ids = fields.One2many(
        "lot.disposition.request", "permit_id", string="Approvals"
    )

    _one_subject = models.Constraint(
        "CHECK (num_nonnulls(lot_id, package_id, location_id) = 1)",
        "A permit is for one lot, or for a product in one package or one place.",
    )

    _not_overdrawn = models.Constraint(
        "CHECK (used_quantity >= 0 AND (quantity = 0 OR used_quantity <= quantity))",
        "A permit is not used beyond its quantity.",
    )

    @api.model
    def _selection_order_ref(self):
        """Hook: return the kinds of orders that a permit can be limited to."""
        return [("stock.picking", self.env._("Transfer"))]

    @api.depends("quantity", "used_quantity")
    def _compute_remaining_quantity(self):
        for permit in self:
            permit.remaining_quantity = (
                permit.quantity and permit.quantity - permit.used_quantity
            )

    @api.depends("lot_id")
    def _compute_product_id(self):
        for permit in self:
            permit.product_id = permit.lot_id.product_id or permit.product_id

    @api.depends("lot_id.company_id", "package_id.company_id", "location_id.company_id")
    def _compute_company_id(self):
        for permit in self:
            permit.company_id = permit._get_subject().company_id

    def _get_subject(self):
        """Return what holds the goods: a lot, a package or a place."""
        self.ensure_one()
        return self.lot_id or self.package_id or self.location_id

    @api.depends("lot_id", "package_id", "location_id", "product_id", "use")
    def _compute_display_name(self):
        labels = dict(USE)
        for permit in self:
            permit.display_name = self.env._("Permit")
            if permit.lot_id:
                permit.display_name = f"{permit.lot_id.name}: {labels.get(permit.use)}"
            elif permit._get_subject():
                permit.display_name = self.env._(
                    "%(quantity)s %(unit)s %(product)s out of %(place)s",
                    quantity=f"{permit.quantity:g}",
                    unit=permit.uom_id.name,
                    product=permit.product_id.display_name,
                    place=permit._get_subject().display_name,
                )

    @api.constrains("lot_id", "quantity")
    def _check_limited(self):
        for permit in self:
            if permit.quantity < 0:
                raise ValidationError(self.env._("A permit's quantity is not negative."))
            if not (
                permit.quantity
                or permit.made_product_ids
                or permit.partner_ids
                or permit.order_ref
                or permit.valid_until
            ):
                raise ValidationError(
                    self.env._(
                        "A permit has a limit: a quantity, a product, a customer, an order "
                        "or a date."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Grant permits; those that need a second person or a signature wait for it."""
        for vals in vals_list:
            vals.update(state="waiting", used_quantity=0)
        permits = super().create(vals_list)
        permits._check_may_grant()
        permits._forget_permits_of_products()
        for permit in permits:
            permit._get_subject()._request_permit(permit)
        return permits

    def _check_may_grant(self):
        """:raises AccessError: the user may not say what these goods are used for."""
        if self and not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(
                self.env._("Only the quality manager grants and revokes permits.")
            )

    def write(self, vals):
        if LIMITS & vals.keys() and not self.env.su:
            raise UserError(
                self.env._("A permit is not edited: revoke it and grant another.")
            )
        result = super().write(vals)
        if "state" in vals:
            self._forget_permits_of_products()
        return result

    def _forget_permits_of_products(self):
        """The products' permits in force are read anew; Odoo does not look at the state."""
        self.product_id.invalidate_recordset(["disposition_permit_ids"])

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(self.env._("A permit stays on record: revoke it instead."))

    def action_revoke(self):
        """End these permits; what was used stays used. Reservations are taken back."""
        self._check_may_grant()
        for permit in self.filtered(lambda permit: permit.state != "revoked"):
            subject = permit._get_subject()
            subject._lock_for_permit()
            # Rights were checked above; nobody writes permits by hand, and reservations
            # are taken back whoever made them.
            permit.sudo()._set_revoked()
            entries = permit._record("permit_revoked", permit.reason, path="ui")
            subject.sudo()._take_back_reservations(entries)

    def action_open_request(self):
        """Open what this permit waits for."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "lot.disposition.request",
            "view_mode": "form",
            "res_id": self.request_ids[:1].id,
        }

    def _end(self, reason):
        """End what is in force: the goods are not held as they were any more.

        :param reason: of the decision about the goods.
        """
        for permit in self.filtered(lambda permit: permit.state != "revoked"):
            permit._set_revoked()
            permit._record("permit_revoked", reason)

    def _set_revoked(self):
        """Let nobody approve any more what is revoked."""
        self.state = "revoked"
        waiting = self.request_ids.filtered(lambda asked: asked.state == "waiting")
        waiting.state = "obsolete"

    def _record(self, kind, reason, **values):
        """Write to the ledger what happens to this permit; returns the entries."""
        self.ensure_one()
        return self._get_subject()._record(
            kind, reason, origin=self, product_id=self.product_id.id, **values
        )

    def _activate(self, request):
        """Put a permit in force, on record; its approvals are complete."""
        self.ensure_one()
        self.sudo().state = "active"  # nobody writes permits by hand
        self._record(
            "permit",
            self.reason,
            path="ui",
            quantity=self.quantity,
            request_id=request.id if request else False,
        )
        self._on_granted()

    def _on_granted(self):
        """Hook: this has just been put in force, in this transaction."""

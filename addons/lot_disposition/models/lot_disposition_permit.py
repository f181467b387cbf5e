from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .lot_disposition_mixin import MANAGER
from .lot_disposition_queries import FOR_WRITING, lock_rows

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

    What is used is counted down. A permit is never edited: revoke it and grant another.
    """

    _name = "lot.disposition.permit"
    _inherit = "mail.thread"
    _description = "Permit"
    _order = "id desc"

    lot_id = fields.Many2one(
        "stock.lot", required=True, index=True, ondelete="restrict", tracking=True
    )
    product_id = fields.Many2one(
        related="lot_id.product_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(related="lot_id.company_id", store=True)
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

    @api.depends("lot_id", "use")
    def _compute_display_name(self):
        labels = dict(USE)
        for permit in self:
            permit.display_name = f"{permit.lot_id.name}: {labels.get(permit.use)}"

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
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(self.env._("Only the quality manager grants permits."))
        for vals in vals_list:
            vals.update(state="waiting", used_quantity=0)
        permits = super().create(vals_list)
        permits._forget_permits_of_products()
        for permit in permits:
            permit.lot_id._request_permit(permit)
        return permits

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
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(self.env._("Only the quality manager revokes permits."))
        for permit in self.filtered(lambda permit: permit.state != "revoked"):
            permit.lot_id._lock_for_change()
            # Rights were checked above; nobody writes permits by hand, and reservations
            # are taken back whoever made them.
            permit.sudo().state = "revoked"
            entries = permit.lot_id._record(
                "permit_revoked", permit.reason, path="ui", origin=permit
            )
            permit.lot_id.sudo()._take_back_reservations(entries)

    def _end(self, reason):
        """End what is in force: the lot is not restricted any more.

        :param reason: of the decision about the lot.
        """
        for permit in self.filtered(lambda permit: permit.state == "active"):
            permit.state = "revoked"
            permit.lot_id._record("permit_revoked", reason, origin=permit)

    def _activate(self, request):
        """Put a permit in force, on record; its approvals are complete."""
        self.ensure_one()
        self.sudo().state = "active"  # nobody writes permits by hand
        self.lot_id._record(
            "permit",
            self.reason,
            path="ui",
            origin=self,
            quantity=self.quantity,
            request_id=request.id if request else False,
        )

    # Asking and using -------------------------------------------------------

    def _covers(self, move, use):
        """Tell whether this permit is for what a move does, whatever the quantity.

        :param use: see ``lib.decision.Use``
        """
        self.ensure_one()
        today = fields.Date.today()
        return (
            self.state == "active"
            and self.use in ("any", use)
            and (not self.valid_from or self.valid_from <= today)
            and (not self.valid_until or today <= self.valid_until)
            and self._covers_order(move)
        )

    def _covers_order(self, move):
        order = self.order_ref
        wanted_order = f"{order._name},{order.id}" if order else None
        partners = self.partner_ids.commercial_partner_id
        made = self.made_product_ids
        return (
            (not wanted_order or wanted_order in move._get_served_orders())
            and (not partners or bool(partners & move._get_served_partners()))
            and (not made or bool(made & move._get_made_products()))
        )

    def _get_left(self):
        """Return what may still be used, in the product's unit; ``inf`` without limit."""
        self.ensure_one()
        return self.quantity - self.used_quantity if self.quantity else float("inf")

    @api.model
    def _get_permitted(self, move, use):
        """Return ``((lot id, quantity left), …)`` of what a move may reserve on permits."""
        left = {}
        # What was granted holds for whoever makes the move. Read at once for all the
        # products that are being reserved.
        for permit in move.product_id.sudo().disposition_permit_ids:
            if permit._covers(move, use):
                lot_id = permit.lot_id.id
                left[lot_id] = left.get(lot_id, 0.0) + permit._get_left()
        return tuple(
            (lot_id, quantity) for lot_id, quantity in left.items() if quantity > 0
        )

    def _use(self, line):
        """Count down what a line uses, over as many permits as it takes.

        A permit used by somebody else since this transaction began makes PostgreSQL
        report a serialization failure, and Odoo runs the request again.
        """
        lock_rows(self, FOR_WRITING)
        wanted = line._get_used_quantity()
        for permit in self:
            used = min(wanted, permit._get_left())
            if used <= 0:
                continue
            # Nobody writes permits and their uses by hand.
            permit.sudo().used_quantity += used
            self.env["lot.disposition.permit.use"].sudo().create(
                permit._prepare_use_vals(line, used)
            )
            permit.lot_id._record(
                "permit_use",
                line.move_id.reference or permit.reason,
                path="ui",
                origin=permit,
                quantity=used,
            )
            wanted -= used

    def _prepare_use_vals(self, line, quantity):
        self.ensure_one()
        return {
            "permit_id": self.id,
            "move_line_id": line.id,
            "lot_id": self.lot_id.id,
            "quantity": quantity,
            "user_id": self.env.uid,
            "used_at": fields.Datetime.now(),
        }

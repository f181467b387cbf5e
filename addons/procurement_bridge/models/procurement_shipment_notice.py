from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_repr

from odoo.addons.integration_core.lib.errors import BusinessError

from ..lib.allocation import NotExpectedError, Part, Slot, allocate


class ProcurementShipmentNotice(models.Model):
    """What a supplier has put on the road: not a receipt, but what it will bring.

    It stands on the open receipt of the order as move lines that nobody has picked yet.
    Its state follows from these.
    """

    _name = "procurement.shipment.notice"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Ship Notice"
    _order = "eta desc, id desc"
    _mail_post_access = "read"
    _check_company_auto = True

    name = fields.Char(string="Ship notice", required=True, readonly=True)
    revision = fields.Integer(default=1, required=True, readonly=True, tracking=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Supplier",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    purchase_order_id = fields.Many2one(
        "purchase.order",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    shipped_on = fields.Date(required=True, readonly=True)
    eta = fields.Datetime(string="Expected arrival", readonly=True, tracking=True)
    carrier = fields.Char(readonly=True)
    carrier_reference = fields.Char(readonly=True, help="Waybill or tracking number.")
    package_refs = fields.Char(string="Packages (SSCC)", readonly=True)
    line_ids = fields.One2many("procurement.shipment.notice.line", "notice_id")
    picking_ids = fields.Many2many(
        "stock.picking",
        "procurement_shipment_notice_picking_rel",
        "notice_id",
        "picking_id",
        string="Receipts",
        compute="_compute_from_move_lines",
        store=True,
    )
    picking_id = fields.Many2one(
        "stock.picking",
        string="Receipt",
        compute="_compute_picking_id",
        help="The open receipt it stands on, else the one it came with.",
    )
    state = fields.Selection(
        [
            ("received", "Received"),
            ("applied", "On the receipt"),
            ("arrived", "Arrived"),
        ],
        compute="_compute_from_move_lines",
        store=True,
        tracking=True,
        index=True,
        help="Received: on no receipt. On the receipt: on its way, its lots stand on "
        "the open receipt. Arrived: received into stock.",
    )
    is_in_transit = fields.Boolean(
        string="In transit", compute="_compute_from_move_lines", store=True
    )
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    arrived_at = fields.Datetime(compute="_compute_from_move_lines", store=True)
    message_id = fields.Many2one(
        "integration.message", readonly=True, ondelete="set null"
    )
    advised_at = fields.Datetime(
        required=True, readonly=True, help="When it was written."
    )
    payload_sha256 = fields.Char(readonly=True)

    _name_unique = models.Constraint(
        "UNIQUE(company_id, partner_id, name)",
        "There is a ship notice with this number of this supplier already.",
    )

    @api.depends("line_ids.move_line_ids.picking_id", "line_ids.move_line_ids.state")
    def _compute_from_move_lines(self):
        for notice in self:
            move_lines = notice.line_ids.move_line_ids
            done = move_lines.filtered(lambda line: line.state == "done")
            notice.picking_ids = move_lines.picking_id
            if move_lines - done:
                notice.state = "applied"
            else:
                notice.state = "arrived" if done else "received"
            notice.is_in_transit = notice.state != "arrived"
            notice.arrived_at = (
                max(done.mapped("date")) if notice.state == "arrived" else False
            )

    @api.depends("picking_ids.state")
    def _compute_picking_id(self):
        for notice in self:
            pickings = notice.picking_ids.sorted("id")
            open_ones = pickings.filtered(lambda p: p.state not in ("done", "cancel"))
            notice.picking_id = (open_ones or pickings)[:1]

    @api.depends("is_in_transit", "eta")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for notice in self:
            notice.is_late = bool(
                notice.is_in_transit and notice.eta and notice.eta < now
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = [("is_in_transit", "=", True), ("eta", "<", fields.Datetime.now())]
        return late if True in value else ["!", "&", *late]

    def _is_superseded_by(self, revision, advised_at, payload_sha256):
        """Whether a message brings something new to this notice.

        :param advised_at: naive UTC; tells two messages of one revision apart.
        """
        self.ensure_one()
        if payload_sha256 == self.payload_sha256:
            return False
        return (revision, advised_at) >= (self.revision, self.advised_at)

    def _replace(self, vals):
        """Put what the supplier corrected in the place of what was advised before.

        :raises BusinessError: ``procurement_bridge.receipt_done``, once any of it has
            been received or picked at the dock.
        """
        self.ensure_one()
        handled = self.line_ids.move_line_ids.filtered(
            lambda line: line.picked or line.state == "done"
        )
        if handled:
            raise BusinessError(
                self.env._(
                    "%(supplier)s changes the ship notice %(asn)s, but the receipt "
                    "%(receipt)s of it has been done or begun.",
                    supplier=self.partner_id.name,
                    asn=self.name,
                    receipt=handled.picking_id[:1].name,
                ),
                kind="procurement_bridge.receipt_done",
                fingerprint=f"{self.id}",
            )
        self._withdraw()
        self.line_ids.unlink()
        self.write(vals)

    def _withdraw(self):
        """Take what is not received off the receipts; they show their demand again."""
        move_lines = self.line_ids.move_line_ids.filtered(
            lambda line: line.state != "done"
        )
        moves = move_lines.move_id
        move_lines.unlink()
        moves._action_assign()

    def _apply(self, lines=None):
        """Put lines that are on no receipt onto the open moves of the order.

        :param lines: default: all of them.
        :raises BusinessError: ``procurement_bridge.over_delivery`` or
            ``procurement_bridge.not_on_order``; nothing is changed then.
        """
        self.ensure_one()
        lines = (self.line_ids if lines is None else lines).filtered(
            lambda line: not line.move_line_ids
        )
        moves = self.purchase_order_id._get_open_receipt_moves()
        placements = self._allocate(lines, moves)
        used = moves.browse({placement.move_id for placement in placements})
        # What Odoo filled in by itself: the whole demand, without any lot.
        used.move_line_ids.filtered("is_prefilled").unlink()
        move_lines = self.env["stock.move.line"].create(
            [
                lines.browse(p.line_id)._prepare_move_line_vals(
                    moves.browse(p.move_id), p.quantity
                )
                for p in placements
            ]
        )
        move_lines._apply_putaway_strategy()

    def _allocate(self, lines, moves):
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        try:
            return allocate(
                [Part(line.id, line.product_id.id, line.quantity) for line in lines],
                [
                    Slot(move.id, move.product_id.id, move._get_unadvised_quantity())
                    for move in moves
                ],
                digits=digits,
            )
        except NotExpectedError as error:
            raise self._prepare_not_expected(error, digits) from error

    def _prepare_not_expected(self, error, digits):
        product = self.env["product.product"].browse(error.product_id)
        on_order = product in self.purchase_order_id.order_line.product_id
        names = {
            "asn": self.name,
            "product": product.display_name,
            "order": self.purchase_order_id.name,
        }
        if not on_order:
            text = self.env._(
                "The ship notice %(asn)s brings %(product)s, which is not on %(order)s.",
                **names,
            )
        else:
            text = self.env._(
                "The ship notice %(asn)s brings %(advised)s %(unit)s of %(product)s, but "
                "only %(expected)s are open on %(order)s and not yet advised.",
                **names,
                unit=product.uom_id.name,
                advised=float_repr(error.advised, digits),
                expected=float_repr(error.expected, digits),
            )
        kind = "over_delivery" if on_order else "not_on_order"
        return BusinessError(
            text,
            kind=f"procurement_bridge.{kind}",
            fingerprint=f"{self.purchase_order_id.id}:{product.id}",
        )

    def _on_receipt_done(self):
        """Move what did not come with a receipt onto the order's next one.

        Odoo drops unpicked move lines when others of the receipt are picked.
        """
        for notice in self:
            left = notice.line_ids.filtered(lambda line: not line.move_line_ids)
            if not left:
                continue
            try:
                notice._apply(left)
            except BusinessError as error:
                # Nothing is expected any more: it is for the people at the receipt.
                notice.message_post(body=error.text)

    def action_apply(self):
        """Put it onto the open receipt again, for example after a cancelled one."""
        for notice in self:
            try:
                notice._apply()
            except BusinessError as error:
                raise UserError(error.text) from error

    def action_open_receipts(self):
        self.ensure_one()
        return self.purchase_order_id._get_action_view_picking(self.picking_ids)

    def _get_action(self):
        """Return the action that shows these: the form when there is one."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "procurement_bridge.procurement_shipment_notice_action"
        )
        action = dict(action, domain=[("id", "in", self.ids)], context={})
        if len(self) == 1:
            action |= {"views": [(False, "form")], "res_id": self.id}
        return action

    def _get_summary(self):
        self.ensure_one()
        lots = len(self.line_ids.lot_id)
        return self.env._(
            "%(asn)s: %(lines)s lines with %(lots)s lots on %(receipts)s",
            asn=self.name,
            lines=len(self.line_ids),
            lots=lots,
            receipts=", ".join(self.picking_ids.mapped("name")),
        )

    def _announce(self):
        """Tell the people at the receipt and those who ordered."""
        self.message_post(body=self._get_summary())
        body = self.env._(
            "Ship notice %(asn)s of %(supplier)s, expected %(eta)s.",
            asn=self.name,
            supplier=self.partner_id.name,
            eta=fields.Datetime.to_string(self.eta) if self.eta else "–",
        )
        for picking in self.picking_ids:
            picking.message_post(body=body)
        # The machine must not write purchase orders: this sentence is all it adds.
        self.purchase_order_id.sudo().message_post(body=body)

from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class TraceabilityRelabel(models.Model):
    """Lots become other lots without production: split, merged, or given a new number.

    The goods stay where they are; the stock moves out of the old lots and into the new
    ones at once. What may not be consumed may not be relabelled either.
    """

    _name = "traceability.relabel"
    _inherit = [
        "guarded.fields.mixin",
        "traceability.source.mixin",
        "integration.own.company.mixin",
    ]
    _description = "Split, Merge or Relabel Lots"
    _order = "id desc"
    _guarded_fields = frozenset({"state", "move_ids"})

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Done")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        domain=[("tracking", "!=", "none")],
        ondelete="restrict",
    )
    uom_id = fields.Many2one(related="product_id.uom_id")
    location_id = fields.Many2one(
        "stock.location",
        required=True,
        domain=[("usage", "=", "internal")],
        ondelete="restrict",
    )
    reason = fields.Char(required=True)
    line_ids = fields.One2many("traceability.relabel.line", "relabel_id", copy=True)
    input_ids = fields.One2many(
        "traceability.relabel.line", "relabel_id", domain=[("side", "=", "input")]
    )
    output_ids = fields.One2many(
        "traceability.relabel.line", "relabel_id", domain=[("side", "=", "output")]
    )
    move_ids = fields.One2many("stock.move", "relabel_id", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(
                    "traceability.relabel"
                )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        self._check_not_done()

    def write(self, vals):
        if not self.env.su:
            self._check_not_done()
        return super().write(vals)

    def _check_not_done(self):
        """:raises UserError: its moves and their genealogy refer to it."""
        if any(relabel.state == "done" for relabel in self):
            raise UserError(self.env._("What was relabelled stays on record."))

    def action_done(self):
        """Move the stock of the old lots into the new ones.

        What lay in a package or belonged to somebody still does.

        :raises UserError: when the sides do not add up to the same quantity, or there is
            less on hand.
        :raises LotOnHoldError: when an old lot may not be used.
        """
        for relabel in self:
            relabel.check_access("write")
            if relabel.state == "done":
                continue
            relabel._check_sides()
            taken = relabel.input_ids._find_stock()
            relabel.input_ids._make_move(taken)._action_done()
            back = relabel.output_ids._spread(taken)
            relabel.output_ids._make_move(back)._action_done()
            relabel.sudo().state = "done"  # checked above; nobody writes it by hand
        return True

    def _check_sides(self):
        totals = [
            sum(lines.mapped("quantity")) for lines in (self.input_ids, self.output_ids)
        ]
        if not all(totals) or self.uom_id.compare(*totals):
            raise UserError(
                self.env._(
                    "%(before)g %(unit)s go in and %(after)g come out: both sides must be "
                    "the same.",
                    before=totals[0],
                    after=totals[1],
                    unit=self.uom_id.name,
                )
            )

    # As a source of edges --------------------------------------------------

    def _get_trace_kind(self):
        return "relabel"

    def _get_trace_moves(self):
        return self.move_ids

    @api.model
    def split(self, lot, location, parts, reason):
        """Split a lot at a place into new lots, see the class. Returns the record.

        :param parts: ``{name of the new lot: quantity}``; the rest stays in the lot.
        """
        return self._relabel(
            lot.product_id, location, {lot.name: sum(parts.values())}, parts, reason
        )

    @api.model
    def merge(self, lots, location, name, reason):
        """Merge all that lots have at a place into one lot. Returns the record."""
        quants = lots.quant_ids.filtered(
            lambda quant: quant.location_id == location and quant.quantity > 0
        )
        parts = {
            lot.name: sum(own.mapped("quantity"))
            for lot, own in quants.grouped("lot_id").items()
        }
        return self._relabel(
            lots.product_id, location, parts, {name: sum(parts.values())}, reason
        )

    @api.model
    def _relabel(self, product, location, inputs, outputs, reason):
        relabel = self.create(
            {
                "product_id": product.id,
                "location_id": location.id,
                "company_id": (location.company_id or self.env.company).id,
                "reason": reason,
                "line_ids": [
                    Command.create(
                        {"side": side, "lot_name": name, "quantity": quantity}
                    )
                    for side, parts in (("input", inputs), ("output", outputs))
                    for name, quantity in parts.items()
                ],
            }
        )
        relabel.action_done()
        return relabel

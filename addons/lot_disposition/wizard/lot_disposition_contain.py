from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class LotDispositionContain(models.TransientModel):
    """Three clicks from a transfer: contain, say why, hold."""

    _name = "lot.disposition.contain"
    _description = "Contain"

    picking_id = fields.Many2one("stock.picking", readonly=True)
    reason = fields.Char(required=True)
    status = fields.Selection(
        [("quarantined", "Quarantined"), ("rejected", "Rejected")],
        required=True,
        default="quarantined",
    )
    line_ids = fields.One2many(
        "lot.disposition.contain.line", "wizard_id", string="Goods"
    )
    quarantine_id = fields.Many2one(
        "stock.location",
        string="Move to",
        domain="[('in_quarantine', '=', True)]",
        help="Empty: held lots stay where they are. Goods without a lot need it.",
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        lines = self._get_lines_to_contain()
        values["line_ids"] = [
            Command.create(vals) for vals in self._prepare_lines(lines)
        ]
        if any(not line.lot_id for line in lines):
            values["quarantine_id"] = lines[:1]._get_place()._find_quarantine().id
        return values

    @api.model
    def _get_lines_to_contain(self):
        """Return the move lines the wizard was opened for."""
        context = self.env.context
        if context.get("active_model") == "stock.move.line":
            return self.env["stock.move.line"].browse(context.get("active_ids", []))
        picking = self.env["stock.picking"].browse(context.get("default_picking_id"))
        return picking.move_ids.move_line_ids

    @api.model
    def _prepare_lines(self, lines):
        return [
            {
                "product_id": product.id,
                "lot_id": lot.id,
                "location_id": place.id,
                "quantity": sum(alike.mapped("quantity_product_uom")),
            }
            for (product, lot, place), alike in lines.grouped(
                lambda line: (line.product_id, line.lot_id, line._get_place())
            ).items()
        ]

    def action_contain(self):
        """Hold the lots; move what has no lot, and on demand the rest, to quarantine."""
        self.ensure_one()
        self.line_ids._check_can_be_held()
        lots = self.line_ids.lot_id
        lots._set_disposition(self.status, self.reason, origin=self.picking_id or None)
        if self.quarantine_id:
            self._move_to_quarantine()
        if self.picking_id:
            self.picking_id.message_post(
                body=self.env._(
                    "Contained: %(goods)s. %(reason)s",
                    goods=", ".join(
                        (line.lot_id or line.product_id).display_name
                        for line in self.line_ids
                    ),
                    reason=self.reason,
                )
            )
        return {"type": "ir.actions.act_window_close"}

    def _move_to_quarantine(self):
        """Move what is still there of these goods.

        :raises UserError: when goods without a lot are gone: nothing would hold them.
        """
        if not self.quarantine_id.in_quarantine:
            raise UserError(
                self.env._("%s is no quarantine place.", self.quarantine_id.display_name)
            )
        for line in self.line_ids:
            if not line.lot_id and not line._find_quants():
                raise UserError(
                    self.env._(
                        "There is no %(product)s left in %(place)s to move to quarantine.",
                        product=line.product_id.display_name,
                        place=line.location_id.display_name,
                    )
                )
        self.line_ids._move_to(self.quarantine_id, self.reason)

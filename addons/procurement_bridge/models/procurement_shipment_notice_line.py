from odoo import fields, models


class ProcurementShipmentNoticeLine(models.Model):
    """What of one item is in one lot, as advised and in our unit."""

    _name = "procurement.shipment.notice.line"
    _inherit = "integration.own.company.mixin"
    _description = "Ship Notice Line"
    _order = "notice_id, number, id"
    _check_company_auto = True

    notice_id = fields.Many2one(
        "procurement.shipment.notice",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="notice_id.company_id", store=True, index=True)
    number = fields.Integer(string="Line", readonly=True)
    item_code = fields.Char(string="Supplier's item", readonly=True)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    lot_code = fields.Char(string="Supplier's lot", readonly=True)
    lot_id = fields.Many2one(
        "stock.lot",
        readonly=True,
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
    )
    quantity = fields.Float(digits="Product Unit", required=True, readonly=True)
    uom_id = fields.Many2one("uom.uom", related="product_id.uom_id")
    advised_quantity = fields.Float(
        digits=0,
        readonly=True,
        help="As the supplier wrote it, in the supplier's unit.",
    )
    advised_unit = fields.Char(readonly=True)
    expiry = fields.Date(readonly=True)
    package_refs = fields.Char(string="Packages (SSCC)", readonly=True)
    move_line_ids = fields.One2many("stock.move.line", "shipment_notice_line_id")

    def _prepare_move_line_vals(self, move, quantity):
        """Return a move line that nobody has picked yet.

        :param quantity: in the product's unit.
        """
        self.ensure_one()
        return {
            **move._prepare_move_line_vals(quantity=quantity),
            "lot_id": self.lot_id.id,
            "shipment_notice_line_id": self.id,
            "picked": False,
        }

from odoo import api, fields, models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    shipment_notice_line_id = fields.Many2one(
        "procurement.shipment.notice.line",
        string="Ship notice line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    is_prefilled = fields.Boolean(
        compute="_compute_is_prefilled",
        help="Filled in by Odoo from the demand: no lot, no package, not picked.",
    )

    @api.depends(
        "picked",
        "lot_id",
        "lot_name",
        "result_package_id",
        "state",
        "shipment_notice_line_id",
    )
    def _compute_is_prefilled(self):
        for line in self:
            line.is_prefilled = not (
                line.picked
                or line.lot_id
                or line.lot_name
                or line.result_package_id
                or line.shipment_notice_line_id
                or line.state == "done"
            )

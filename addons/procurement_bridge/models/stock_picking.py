from odoo import api, fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    shipment_notice_ids = fields.Many2many(
        "procurement.shipment.notice",
        "procurement_shipment_notice_picking_rel",
        "picking_id",
        "notice_id",
        string="Ship notices",
        readonly=True,
        copy=False,
    )
    shipment_notice_count = fields.Integer(compute="_compute_shipment_notices")
    shipment_carrier_reference = fields.Char(
        string="Carrier",
        compute="_compute_shipment_notices",
        help="Carrier and waybill of the ship notices.",
    )

    @api.depends("shipment_notice_ids.carrier", "shipment_notice_ids.carrier_reference")
    def _compute_shipment_notices(self):
        for picking in self:
            notices = picking.shipment_notice_ids
            picking.shipment_notice_count = len(notices)
            carriers = (
                " ".join(filter(None, (notice.carrier, notice.carrier_reference)))
                for notice in notices
            )
            picking.shipment_carrier_reference = ", ".join(filter(None, carriers))

    def _action_done(self):
        # Afterwards those whose lines were dropped are no longer found here.
        notices = self.shipment_notice_ids
        result = super()._action_done()
        notices._on_receipt_done()
        return result

    def action_open_shipment_notices(self):
        self.ensure_one()
        return self.shipment_notice_ids._get_action()

from odoo import fields, models


class MesSignalReading(models.Model):
    """What a signal amounted to; written by messages only."""

    _name = "mes.signal.reading"
    _description = "Signal reading"
    _order = "end_at desc, id desc"
    _rec_name = "signal"

    workcenter_id = fields.Many2one("mrp.workcenter", index=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    message_id = fields.Many2one(
        "integration.message", index="btree_not_null", readonly=True
    )
    work_centre = fields.Char(required=True, readonly=True)
    signal = fields.Char(required=True, index=True, readonly=True)
    kind = fields.Selection(
        [
            ("aggregate", "Aggregate"),
            ("count", "Count"),
            ("change", "Change"),
            ("threshold", "Threshold"),
        ],
        required=True,
        readonly=True,
    )
    begin_at = fields.Datetime(required=True, readonly=True)
    end_at = fields.Datetime(required=True, readonly=True, index=True)
    value = fields.Float(
        digits=(16, 6),
        readonly=True,
        aggregator="avg",
        help="The mean of a window, what a counter grew by, or the new value.",
    )
    minimum = fields.Float(digits=(16, 6), readonly=True, aggregator="min")
    maximum = fields.Float(digits=(16, 6), readonly=True, aggregator="max")
    sample_count = fields.Integer(readonly=True)
    side = fields.Selection(
        [("normal", "Normal"), ("high", "Too high"), ("low", "Too low")], readonly=True
    )

from odoo import fields, models


class QualityNonconformance(models.Model):
    _inherit = "quality.nonconformance"

    recall_id = fields.Many2one(
        "traceability.recall",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The recall that opened it.",
    )

    def action_open_recall(self):
        self.ensure_one()
        return self.recall_id._get_records_action()

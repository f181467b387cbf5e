from odoo import fields, models


class QualityCorrectiveReturn(models.TransientModel):
    """Asks why an answer is sent back; the supplier reads it."""

    _name = "quality.corrective.return"
    _description = "Send Back an Answer"

    step_id = fields.Many2one("quality.corrective.step", required=True)
    feedback = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        self.step_id._send_back(self.feedback)
        return {"type": "ir.actions.act_window_close"}

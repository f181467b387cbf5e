from odoo import fields, models


class IntegrationPlaybookStep(models.Model):
    """One step of a playbook."""

    _name = "integration.playbook.step"
    _inherit = ["integration.playbook.step.mixin", "integration.own.company.mixin"]
    _description = "Playbook Step"

    playbook_id = fields.Many2one(
        "integration.playbook", required=True, index=True, ondelete="cascade"
    )

    def _prepare_run_step_vals(self):
        """Return the values of the copy that a run keeps: later changes leave it be."""
        self.ensure_one()
        mixin = self.env["integration.playbook.step.mixin"]
        names = [name for name, field in mixin._fields.items() if field.store]
        return {
            name: value
            for name, value in self.copy_data()[0].items()
            if name in names
        }

from odoo import api, fields, models


class IntegrationCutover(models.Model):
    """A plant or a supplier for which a flow in shadow is live already."""

    _name = "integration.cutover"
    _inherit = ["integration.cached.rules.mixin", "integration.governed.mixin"]
    _description = "Cut-over"
    _order = "policy_id, domain_id, id"
    _governed_fields = ("policy_id", "domain_id", "res_id", "state")
    _scope_fields = ("policy_id",)

    policy_id = fields.Many2one(
        "integration.policy",
        string="Flow",
        required=True,
        index=True,
        ondelete="cascade",
    )
    system_id = fields.Many2one(related="policy_id.system_id", store=True)
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    domain_id = fields.Many2one(
        "integration.mapping.domain",
        string="By",
        required=True,
        domain=[("code", "in", ("plant", "supplier"))],
        ondelete="cascade",
    )
    res_model = fields.Char(related="domain_id.model_name")
    res_id = fields.Many2oneReference(
        string="Which", model_field="res_model", required=True
    )
    record_name = fields.Char(
        compute="_compute_record_name", string="Plant or supplier"
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Live"), ("retired", "Back in shadow")],
        required=True,
        default="active",
    )

    _once = models.UniqueIndex(
        "(policy_id, domain_id, res_id)", "This one is on the list already."
    )

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for cutover in self:
            record = cutover.res_id and self.env[cutover.res_model].browse(
                cutover.res_id
            )
            cutover.record_name = record.display_name if record else False

    @api.depends("record_name")
    def _compute_display_name(self):
        for cutover in self:
            cutover.display_name = cutover.record_name

    def _get_governed_system(self):
        return self.policy_id.system_id

    def _get_system_of(self, vals):
        policies = self.env["integration.policy"]
        return policies.browse(vals.get("policy_id") or []).system_id

    def action_cut_over(self):
        """From now on, what comes from here is applied."""
        self.state = "active"

    def action_back(self):
        """Back to shadow; what was applied stays."""
        self.state = "retired"

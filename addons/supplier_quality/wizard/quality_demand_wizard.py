from odoo import api, fields, models
from odoo.exceptions import UserError


class QualityDemandWizard(models.TransientModel):
    """Inspects a lot on demand, held while it is looked at where somebody wants that."""

    _name = "quality.demand.wizard"
    _description = "Inspect on Demand"

    lot_id = fields.Many2one("stock.lot", required=True)
    plan_id = fields.Many2one(
        "quality.inspection.plan",
        required=True,
        compute="_compute_plan_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    quantity = fields.Float(
        digits="Product Unit",
        compute="_compute_plan_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    hold = fields.Boolean(string="Hold the lot until it is decided", default=True)

    @api.depends("lot_id")
    def _compute_plan_id(self):
        for wizard in self:
            lot = wizard.lot_id
            wizard.quantity = lot.product_qty
            wizard.plan_id = wizard._find_plan(lot) if lot else False

    def _find_plan(self, lot):
        Plan = self.env["quality.inspection.plan"]
        company = lot.company_id or self.env.company
        goods = {
            lot: Plan._prepare_goods(lot.product_id, self.env["res.partner"], company)
        }
        for operation in ("demand", "receipt", "production", "return"):
            plan = Plan._find_for_goods(operation, goods).get(lot)
            if plan:
                return plan
        return Plan

    def action_request(self):
        self.ensure_one()
        if self.quantity <= 0:
            raise UserError(self.env._("There is nothing of it in stock to inspect."))
        inspection = self.env["quality.inspection"].create(
            {
                "plan_id": self.plan_id.id,
                "lot_id": self.lot_id.id,
                "quantity": self.quantity,
                "user_id": self.plan_id.user_id.id,
            }
        )
        if self.hold:
            # An inspector may stop any lot; waiting for an inspection is less than that.
            inspection.sudo()._hold_lot()
        inspection._publish_requested()
        return inspection._get_records_action()

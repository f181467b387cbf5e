from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.integration_core.lib.envelope import write_moment

MANAGER = "lot_disposition.lot_disposition_group_manager"
OPENED = "nonconformance.opened"


class QualityNonconformance(models.Model):
    """Goods that do not meet their requirements, and what is done about it."""

    _name = "quality.nonconformance"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "quality.goods.mixin",
        "quality.guard.mixin",
    ]
    _description = "Nonconformance"
    _order = "id desc"
    _rec_names_search = ["name", "lot_id.name", "defect_code"]
    _check_company_auto = True
    # States change with the buttons, which check and record who pressed them.
    _guarded_fields = frozenset(
        {
            "name",
            "state",
            "contained_at",
            "contained_by_id",
            "closed_at",
            "closed_by_id",
        }
    )

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default="/"
    )
    state = fields.Selection(
        [("open", "Open"), ("contained", "Contained"), ("closed", "Closed")],
        required=True,
        readonly=True,
        copy=False,
        default="open",
        tracking=True,
        index=True,
        group_expand=True,
    )
    severity = fields.Selection(
        [("minor", "Minor"), ("major", "Major"), ("critical", "Critical")],
        required=True,
        default="major",
        tracking=True,
    )
    inspection_id = fields.Many2one(
        "quality.inspection",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    lot_id = fields.Many2one(
        "stock.lot",
        string="Lot/Serial Number",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        check_company=True,
        compute="_compute_from_lot",
        precompute=True,
        store=True,
        readonly=False,
    )
    picking_id = fields.Many2one(
        "stock.picking",
        string="Receipt",
        index="btree_not_null",
        check_company=True,
        compute="_compute_from_inspection",
        precompute=True,
        store=True,
        readonly=False,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Supplier",
        index="btree_not_null",
        check_company=True,
        compute="_compute_from_inspection",
        precompute=True,
        store=True,
        readonly=False,
        tracking=True,
    )
    quantity = fields.Float(
        digits="Product Unit",
        compute="_compute_from_inspection",
        precompute=True,
        store=True,
        readonly=False,
        aggregator="sum",
    )
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    defect_code = fields.Char(index=True, tracking=True)
    description = fields.Text(
        string="Defect", required=True, help="What is wrong, with the values found."
    )
    resolution = fields.Text(help="What was decided and done. Needed to close.")
    lot_disposition = fields.Selection(
        related="lot_id.disposition", string="Disposition of the lot"
    )
    user_id = fields.Many2one("res.users", string="Responsible", tracking=True)
    contained_at = fields.Datetime(readonly=True, copy=False)
    contained_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    _name_unique = models.Constraint(
        "UNIQUE(name)", "A nonconformance with this number exists already."
    )
    _quantity_positive = models.Constraint(
        "CHECK(quantity >= 0)", "A quantity is not negative."
    )

    @api.depends("lot_id")
    def _compute_from_lot(self):
        for nonconformance in self:
            nonconformance.product_id = (
                nonconformance.lot_id.product_id or nonconformance.product_id
            )

    @api.depends("inspection_id")
    def _compute_from_inspection(self):
        for nonconformance in self:
            inspection = nonconformance.inspection_id
            for name in ("picking_id", "partner_id", "quantity"):
                nonconformance[name] = inspection[name] or nonconformance[name]

    @api.model_create_multi
    def create(self, vals_list):
        nonconformances = super().create(vals_list)
        nonconformances._on_opened()
        return nonconformances

    def _complete_create_vals(self, vals):
        return self._take_number(super()._complete_create_vals(vals))

    def write(self, vals):
        if not self.env.su:
            self._check_closed(vals)
        return super().write(vals)

    def _check_closed(self, vals):
        """A closed nonconformance is history: only people and notes may still change.

        :raises UserError: names it.
        """
        editable = {"user_id", "activity_ids", "message_ids", "message_follower_ids"}
        for nonconformance in self.filtered(lambda one: one.state == "closed"):
            if vals.keys() - editable:
                raise UserError(
                    self.env._(
                        "%s is closed and stays as it is. Open another one.",
                        nonconformance.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_opened(self):
        raise UserError(
            self.env._("Nonconformances stay on record. Close it with a resolution.")
        )

    def _on_opened(self):
        """Hook: these nonconformances have just been opened, in this transaction."""
        for nonconformance in self:
            nonconformance._publish_opened()
            if nonconformance.user_id:
                nonconformance.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Contain %s", nonconformance.name),
                    user_id=nonconformance.user_id.id,
                )

    # Buttons ---------------------------------------------------------------

    def action_contain(self):
        """Make sure that nothing of the lot is used: quarantine it."""
        for nonconformance in self.filtered(lambda one: one.state == "open"):
            nonconformance.check_access("write")
            lot = nonconformance.lot_id
            if not lot:
                raise UserError(
                    self.env._("Say which lot is affected: containing holds a lot.")
                )
            # A rejected lot is held more strictly already.
            if lot.disposition != "rejected":
                lot._set_disposition(
                    "quarantined",
                    self.env._(
                        "%(number)s: %(description)s",
                        number=nonconformance.name,
                        description=" ".join(nonconformance.description.split()),
                    ),
                    path="inspection" if nonconformance.inspection_id else "ui",
                    origin=nonconformance,
                )
            nonconformance._set_state("contained")
        return True

    def action_close(self):
        """Close with a resolution; the lot keeps the disposition it was given."""
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(
                self.env._("Only the quality manager can close a nonconformance.")
            )
        for nonconformance in self.filtered(lambda one: one.state != "closed"):
            if nonconformance.state == "open" and nonconformance.lot_id:
                raise UserError(
                    self.env._(
                        "Contain %s first: its lot must not be used meanwhile.",
                        nonconformance.name,
                    )
                )
            if not (nonconformance.resolution or "").strip():
                raise UserError(
                    self.env._(
                        "Write down what was decided and done before closing %s.",
                        nonconformance.name,
                    )
                )
            nonconformance._set_state("closed")
            nonconformance.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    def _set_state(self, state):
        # Callers checked the rights; state, moment and person have no other writer.
        self.sudo().write(
            {
                "state": state,
                f"{state}_at": fields.Datetime.now(),
                f"{state}_by_id": self.env.uid,
            }
        )

    def action_open_lot(self):
        self.ensure_one()
        return self.lot_id._get_records_action()

    @api.model
    def _get_action_for(self, nonconformances, context):
        """Return the action that shows these: the form when there is but one."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_nonconformance_action"
        )
        action["context"] = context
        action["domain"] = [("id", "in", nonconformances.ids)]
        if len(nonconformances) == 1:
            form = self.env.ref("supplier_quality.quality_nonconformance_view_form")
            action.update(res_id=nonconformances.id, views=[(form.id, "form")])
        return action

    # Events ----------------------------------------------------------------

    def _publish_opened(self):
        self.ensure_one()
        return self.env["integration.message"]._publish(
            OPENED,
            self,
            self._prepare_opened_payload(),
            order_key=f"nonconformance:{self.name}",
        )

    def _prepare_opened_payload(self):
        # Whoever opens it need not read suppliers and orders.
        nonconformance = self.sudo()
        return {
            "nonconformance": nonconformance.name,
            "inspection": nonconformance.inspection_id.name or None,
            **nonconformance._prepare_goods_payload(),
            "severity": nonconformance.severity,
            "defect_code": nonconformance.defect_code or None,
            "description": nonconformance.description,
            "opened_at": write_moment(nonconformance.create_date),
        }

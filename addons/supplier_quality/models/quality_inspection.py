from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..lib.verdict import judge

OPEN_STATES = ("draft", "in_progress")


class QualityInspection(models.Model):
    """The inspection of one lot of one receipt; its verdict decides the disposition."""

    _name = "quality.inspection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Inspection"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    plan_id = fields.Many2one(
        "quality.inspection.plan", required=True, readonly=True, ondelete="restrict"
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="restrict"
    )
    lot_id = fields.Many2one(
        "stock.lot", required=True, readonly=True, index=True, ondelete="restrict"
    )
    lot_disposition = fields.Selection(
        related="lot_id.disposition", string="Disposition"
    )
    picking_id = fields.Many2one(
        "stock.picking", string="Receipt", readonly=True, index="btree_not_null"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Supplier", readonly=True, index="btree_not_null"
    )
    quantity = fields.Float(readonly=True, digits="Product Unit")
    uom_id = fields.Many2one(related="product_id.uom_id")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one("res.users", string="Inspector", tracking=True)
    state = fields.Selection(
        [
            ("draft", "To inspect"),
            ("in_progress", "In progress"),
            ("passed", "Passed"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="draft",
        tracking=True,
        index=True,
    )
    result_ids = fields.One2many("quality.inspection.result", "inspection_id")
    findings = fields.Text(readonly=True, help="Results out of limits.")
    decided_at = fields.Datetime(readonly=True)
    nonconformance_ids = fields.One2many("quality.nonconformance", "inspection_id")
    nonconformance_count = fields.Integer(compute="_compute_nonconformance_count")

    _lot_once_per_receipt = models.UniqueIndex(
        "(lot_id, picking_id) WHERE picking_id IS NOT NULL AND state != 'cancelled'",
        "This lot of this receipt is being inspected already.",
    )

    @api.depends("nonconformance_ids")
    def _compute_nonconformance_count(self):
        for inspection in self:
            inspection.nonconformance_count = len(inspection.nonconformance_ids)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(
                    "quality.inspection"
                )
        inspections = super().create(vals_list)
        for inspection in inspections.filtered(lambda i: not i.result_ids):
            inspection.result_ids = inspection._prepare_empty_results()
        return inspections

    def _prepare_empty_results(self):
        """Return one line to fill in per characteristic and sample."""
        count = self.plan_id._get_sample_count(self.quantity)
        return [
            Command.create(
                {"characteristic_id": characteristic.id, "sample_number": number}
            )
            for characteristic in self.plan_id.characteristic_ids
            for number in range(1, count + 1)
        ]

    def action_start(self):
        self.filtered(lambda i: i.state == "draft").write(
            {
                "state": "in_progress",
                "user_id": self.env.uid,
            }
        )

    def action_decide(self):
        """Judge the results; the disposition of the lot follows.

        :raises UserError: when results are missing.
        """
        for inspection in self:
            inspection._check_open()
            verdict = inspection._judge()
            if verdict.state == "incomplete":
                raise UserError(
                    self.env._(
                        "%(inspection)s lacks results for: %(missing)s.",
                        inspection=inspection.name,
                        missing=", ".join(verdict.missing),
                    )
                )
            inspection._conclude(verdict)

    def action_cancel(self):
        self._check_open()
        self.write({"state": "cancelled"})

    def action_open_nonconformances(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Nonconformances"),
            "res_model": "quality.nonconformance",
            "view_mode": "list,form",
            "domain": [("inspection_id", "=", self.id)],
        }

    def _check_open(self):
        closed = self.filtered(lambda i: i.state not in OPEN_STATES)
        if closed:
            raise UserError(self.env._("%s is decided already.", closed[0].name))

    def _judge(self):
        """Return the ``lib.verdict.Verdict`` on what has been entered so far."""
        self.ensure_one()
        count = self.plan_id._get_sample_count(self.quantity)
        readings = {}
        for result in self.result_ids.filtered("is_entered"):
            readings.setdefault(result.characteristic_id.code, []).append(
                result._prepare_reading()
            )
        characteristics = [
            characteristic._prepare_characteristic(count)
            for characteristic in self.plan_id.characteristic_ids
        ]
        return judge(characteristics, readings)

    def _conclude(self, verdict):
        """Close with a verdict and let the disposition follow, in this transaction."""
        self.ensure_one()
        findings = "; ".join(verdict.findings)
        self.write(
            {
                "state": verdict.state,
                "findings": findings,
                "decided_at": fields.Datetime.now(),
            }
        )
        if verdict.state == "failed":
            self.lot_id._set_disposition(
                "quarantined",
                self.env._(
                    "%(inspection)s failed: %(findings)s",
                    inspection=self.name,
                    findings=findings,
                ),
                path="inspection",
                origin=self,
            )
            self._open_nonconformance(findings)
            self.env["integration.message"]._announce(
                "inspection.failed",
                self,
                lambda inspection: inspection._prepare_failed_payload(verdict),
            )
        elif self._may_release():
            self.lot_id._set_disposition(
                "released",
                self.env._("%s passed", self.name),
                path="inspection",
                origin=self,
            )

    def _may_release(self):
        """A pass releases what waits for it: not what is held for another reason."""
        others = self.search_count(
            [
                ("lot_id", "=", self.lot_id.id),
                ("state", "in", OPEN_STATES),
                ("id", "!=", self.id),
            ]
        )
        return self.lot_id.disposition == "pending" and not others

    def _open_nonconformance(self, findings):
        nonconformance = self.env["quality.nonconformance"].create(
            {
                "inspection_id": self.id,
                "lot_id": self.lot_id.id,
                "product_id": self.product_id.id,
                "picking_id": self.picking_id.id,
                "partner_id": self.partner_id.id,
                "quantity": self.quantity,
                "company_id": self.company_id.id,
                "description": findings,
                "state": "contained",
            }
        )
        nonconformance._publish_opened()
        return nonconformance

    def _publish_requested(self):
        """Tell laboratories that there is something to inspect."""
        for inspection in self:
            self.env["integration.message"]._publish(
                "inspection.requested",
                inspection,
                inspection._prepare_requested_payload(),
                order_key=f"lot:{inspection.lot_id.id}",
            )

    def _prepare_failed_payload(self, verdict):
        self.ensure_one()
        return {
            "inspection": self.name,
            "item": self.product_id._get_item_code(),
            "lot": self.lot_id.name or None,
            "transfer": self.picking_id.name or None,
            "partner": self.partner_id.ref or self.partner_id.name or None,
            "findings": list(verdict.findings),
        }

    def _prepare_requested_payload(self):
        self.ensure_one()
        product = self.product_id
        return {
            "inspection": self.name,
            "item": product._get_item_code(),
            "lot": self.lot_id.name,
            "quantity": self.quantity,
            "unit": self.uom_id.name,
            "receipt": self.picking_id.name or "",
            "supplier": self.partner_id.name or "",
            "characteristics": [
                {
                    "code": characteristic.code,
                    "name": characteristic.name,
                    "kind": characteristic.kind,
                    "unit": characteristic.unit or "",
                }
                for characteristic in self.plan_id.characteristic_ids
            ],
        }

from datetime import timedelta

from odoo import api, fields, models

from ..shadow import plain

BATCH = 200
# Values that two flows give the same thing differently, for no reason that matters.
NEVER_COMPARED = ("name", "sequence", "create_date", "write_date", "user_id")
# Fields that tell which of our records a shadow run would have made.
KEY_TYPES = ("many2one", "selection", "char")


class IntegrationShadowRun(models.Model):
    """What one message would have done, and whether that happened by other means."""

    _name = "integration.shadow.run"
    _inherit = ["integration.redacted.mixin"]
    _description = "Shadow Run"
    _order = "id desc"
    _redacted_fields = ("effects", "effect_text", "failure")
    _rec_name = "order_key"

    delivery_id = fields.Many2one(
        "integration.delivery",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    order_key = fields.Char(readonly=True, string="Business object")
    policy_id = fields.Many2one(
        "integration.policy", readonly=True, index=True, ondelete="set null"
    )
    system_id = fields.Many2one("integration.system", readonly=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    ran_at = fields.Datetime(required=True, readonly=True)
    compare_at = fields.Datetime(required=True, readonly=True)
    effects = fields.Json(string="Would have done (data)", readonly=True)
    effect_text = fields.Text(compute="_compute_effect_text", string="Would have done")
    failure = fields.Text(readonly=True, string="Would have failed")
    state = fields.Selection(
        [
            ("waiting", "Waits for the existing flow"),
            ("same", "The same"),
            ("different", "Different"),
            ("failed", "Would fail"),
        ],
        required=True,
        default="waiting",
        readonly=True,
    )
    difference_ids = fields.One2many("integration.shadow.difference", "run_id")

    _waiting_index = models.Index("(compare_at) WHERE state = 'waiting'")

    @api.depends("effects")
    def _compute_effect_text(self):
        for run in self:
            run.effect_text = "\n".join(
                f"{effect['operation']} {effect['model']} {effect['name']}: "
                + ", ".join(
                    f"{field} {old} → {new}"
                    for field, (old, new) in effect["values"].items()
                )
                for effect in run.effects or ()
            )

    def _get_redacted_message(self):
        # What a run would have written repeats its message.
        return self.delivery_id.message_id

    @api.model
    def _keep(self, delivery, rehearsed):
        """Record a run that was undone; called in the transaction of its outcome."""
        policy = self.env["integration.policy"].browse(delivery._get_flow().policy_id)
        now = fields.Datetime.now()
        wait = timedelta(hours=policy.compare_after_hours)
        return self.create(
            {
                "delivery_id": delivery.id,
                "order_key": delivery.order_key or delivery.message_id.uuid,
                "policy_id": policy.id,
                "system_id": delivery.system_id.id,
                "company_id": delivery.company_id.id,
                "ran_at": now,
                "compare_at": now + wait,
                "effects": rehearsed.effects,
                "failure": rehearsed.failure,
                "state": "failed" if rehearsed.failure else "waiting",
            }
        )

    @api.model
    def _cron_compare(self):
        """Compare what is due with what the existing flow did meanwhile."""
        due = [("state", "=", "waiting"), ("compare_at", "<=", fields.Datetime.now())]
        self.search(due, limit=BATCH, order="compare_at")._compare()
        remaining = self.search_count(due)
        self.env["ir.cron"]._commit_progress(BATCH, remaining=remaining)

    def action_compare(self):
        """Compare now, in place of waiting for the night."""
        self.check_access("read")
        # Runs are the engine's; people look and decide about the flow.
        self.sudo()._compare()

    def _compare(self):
        for run in self.filtered(lambda r: r.state != "failed"):
            found = [
                vals
                for effect in run.effects or ()
                for vals in run._compare_effect(effect)
            ]
            run.difference_ids = [
                fields.Command.clear(),
                *(fields.Command.create(vals) for vals in found),
            ]
            run.state = "different" if found else "same"

    def _compare_effect(self, effect):
        """Return values of differences between an effect and the present."""
        record = self._find_actual(effect)
        wanted = {field: new for field, (_old, new) in effect["values"].items()}
        if effect["operation"] == "unlink":
            return (
                [self._prepare_difference(effect, "", None, "exists")] if record else []
            )
        if not record:
            return [self._prepare_difference(effect, "", effect["name"], None)]
        names = [name for name in wanted if name in record._fields]
        if effect["operation"] == "create":
            names = [n for n in names if n not in NEVER_COMPARED]
        return [
            self._prepare_difference(effect, name, wanted[name], actual, record)
            for name in names
            for actual in [plain(record, name)]
            if not self._is_equal(record._fields[name], wanted[name], actual)
        ]

    def _is_equal(self, field, wanted, actual):
        if field.type in ("float", "monetary"):
            return abs((wanted or 0) - (actual or 0)) < 1e-6
        return (wanted or None) == (actual or None)

    def _find_actual(self, effect):
        """Return our record that an effect is about, made or changed by other means."""
        Model = self.env[effect["model"]]
        if effect["operation"] != "create":
            return Model.browse(effect["id"]).exists()
        keys = [
            (name, "=", new)
            for name, (_old, new) in effect["values"].items()
            if new
            and name not in NEVER_COMPARED
            and name in Model._fields
            and Model._fields[name].type in KEY_TYPES
            and self._is_known(Model._fields[name], new)
        ]
        if not keys:
            return Model.browse()
        since = self.delivery_id.received_at - timedelta(days=7)
        return Model.search([*keys, ("create_date", ">=", since)], limit=1)

    def _is_known(self, field, value):
        """A link to a record that the run itself made leads nowhere now."""
        return field.type != "many2one" or bool(
            self.env[field.comodel_name].browse(value).exists()
        )

    def _prepare_difference(self, effect, name, shadow, actual, record=None):
        return {
            "res_model": effect["model"],
            "res_id": record.id if record else effect["id"],
            "record_name": record.display_name if record else effect["name"],
            "field_name": name,
            "shadow_value": str(shadow),
            "actual_value": self.env._("missing") if actual is None else str(actual),
        }

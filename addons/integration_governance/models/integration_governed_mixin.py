import json

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import json_default

FOUR_EYES = "integration_governance.four_eyes"


class IntegrationGovernedMixin(models.AbstractModel):
    """Configuration that one person drafts and another puts into force.

    A draft is edited freely. Whatever puts it into force, or changes what is in force,
    becomes an ``integration.change.request`` where four eyes are asked for; else it happens at
    once. Either way each state is kept as a version. The rule is kept in ``create``,
    ``write`` and ``unlink``, so it holds for forms, imports and RPC alike; modules and
    approved changes write as superuser.

    Inheriting models have a field ``state`` with the value ``draft``.
    """

    _name = "integration.governed.mixin"
    _inherit = "integration.portable.mixin"
    _description = "Governed Configuration"
    _governed_fields = ()
    # What decides for which system a record holds.
    _scope_fields = ("system_id",)

    author_ids = fields.Many2many(
        "res.users",
        string="Drafted by",
        readonly=True,
        copy=False,
        help="Everybody who had a hand in the draft; none of them may approve it.",
    )
    version_count = fields.Integer(compute="_compute_governance", string="Versions")
    waiting_change_count = fields.Integer(
        compute="_compute_governance", string="Changes that wait"
    )

    def _compute_governance(self):
        versions, waiting = (
            dict(
                self.env[model]._read_group(
                    [("res_model", "=", self._name), ("res_id", "in", self.ids), *more],
                    ["res_id"],
                    ["__count"],
                )
            )
            for model, more in (
                ("integration.version", []),
                ("integration.change.request", [("state", "=", "waiting")]),
            )
        )
        for record in self:
            record.version_count = versions.get(record.id, 0)
            record.waiting_change_count = waiting.get(record.id, 0)

    @api.model
    def _get_governed_fields(self):
        """Return the fields that decide something; the others are written by one person."""
        return self._governed_fields

    @api.model
    def _get_portable_fields(self):
        """What was decided is what is kept, compared and taken elsewhere."""
        return self._get_governed_fields()

    # Four eyes --------------------------------------------------------------

    @api.model
    def _get_four_eyes(self):
        """Return where a second person is asked for: production, always or never."""
        # A setting of administrators, read for whoever edits.
        Settings = self.env["ir.config_parameter"].sudo()
        return Settings.get_param(FOUR_EYES, "production")

    @api.model
    def _asks_four_eyes(self, system):
        """Tell whether configuration of a system (or of all) needs a second person."""
        mode = self._get_four_eyes()
        if mode != "production":
            return mode == "always"
        if system:
            return system.environment == "production"
        # What holds for every system holds for those in production, seen or not.
        systems = self.env["integration.system"].sudo()
        return bool(systems.search_count([("environment", "=", "production")], limit=1))

    def _get_governed_system(self):
        """Return the system a record belongs to, empty when it holds for all."""
        return self.system_id

    def _get_system_of(self, vals):
        """Return the system that values for ``create`` belong to. A hook."""
        return self.env["integration.system"].browse(vals.get("system_id") or [])

    def _get_system_after(self, vals):
        """Return the system this record will belong to once the values are written."""
        scope = {name: self[name].id for name in self._scope_fields}
        return self._get_system_of(scope | vals)

    def _is_in_force(self):
        return self.state != "draft"

    def _needs_change(self, vals):
        """Tell whether these values of one record have to be approved first.

        Neither where it holds nor where it will hold is changed by one person alone:
        what was put into force for a test system is not moved to another one.
        """
        systems = (self._get_governed_system(), self._get_system_after(vals))
        if self.env.su or not any(map(self._asks_four_eyes, systems)):
            return False
        return self._is_in_force() or vals.get("state", "draft") != "draft"

    @api.model_create_multi
    def create(self, vals_list):
        wanted = [self._draft(vals) for vals in vals_list]
        records = super().create(vals_list)
        for record, state in zip(records, wanted, strict=True):
            if not self.env.su:
                # Who had a hand in it is noted by the server, never by the author.
                record.sudo().author_ids = [Command.link(self.env.uid)]
            if state:
                record._file_change({"state": state})
        records._keep_version()
        return records

    def _draft(self, vals):
        """Make a draft of new values where four eyes are asked for.

        :returns: the state that was wanted and has to be approved, or None.
        """
        vals.pop("author_ids", None)
        if self.env.su or not self._asks_four_eyes(self._get_system_of(vals)):
            return None
        wanted = vals.get("state") or self.default_get(["state"]).get("state")
        vals["state"] = "draft"
        return wanted if wanted not in (None, "draft") else None

    def write(self, vals):
        fields_governed = self._get_governed_fields()
        governed = {name: vals[name] for name in fields_governed if name in vals}
        if "author_ids" in vals and not self.env.su:
            vals = {name: value for name, value in vals.items() if name != "author_ids"}
        if not governed:
            return super().write(vals)
        before = {record.id: record._snapshot() for record in self}
        held = self.filtered(lambda record: record._needs_change(governed))
        for record in held:
            record._file_change(governed)
        free = {name: value for name, value in vals.items() if name not in governed}
        if held and free:
            super(IntegrationGovernedMixin, held).write(free)
        rest = self - held
        if rest:
            super(IntegrationGovernedMixin, rest).write(vals)
            rest._note_authors()
            rest.filtered(lambda r: r._snapshot() != before[r.id])._keep_version()
        return True

    def _note_authors(self):
        """Keep who had a hand in a draft; what is in force starts a clean list."""
        if not self.env.su:
            for record in self:
                # As in create.
                record.sudo().author_ids = [Command.link(self.env.uid)]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_force(self):
        for record in self:
            if record._needs_change({"state": "retired"}) and record._is_in_force():
                raise UserError(
                    self.env._(
                        "'%s' is in force: draft its retirement, and let a second person "
                        "approve it.",
                        record.display_name,
                    )
                )

    def _file_change(self, vals):
        """Keep what somebody wants as a change that waits for a second person."""
        self.ensure_one()
        self.check_access("write")
        vals = json.loads(json.dumps(vals, default=json_default))
        before = self._snapshot()
        Changes = self.env["integration.change.request"]
        if all(self._is_same(name, value) for name, value in vals.items()):
            return Changes
        # The same file twice, the same button twice: one decision.
        waiting = Changes.sudo().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("state", "=", "waiting"),
                ("requested_by", "=", self.env.uid),
            ]
        )
        for change in waiting:
            if (change.vals, change.before) == (vals, before):
                return change.sudo(False)
        # Nobody writes changes by hand: they are filed here and decided by buttons.
        return (
            self.env["integration.change.request"]
            .sudo()
            .create(
                {
                    "name": self.display_name,
                    "res_model": self._name,
                    "res_id": self.id,
                    "company_id": self._get_governed_company().id,
                    "vals": vals,
                    "before": before,
                    "after": before | self._preview(vals),
                    "requested_by": self.env.uid,
                    "author_ids": [
                        # As in create.
                        Command.set((self.sudo().author_ids | self.env.user).ids)
                    ],
                }
            )
        )

    def _is_same(self, name, value):
        field = self._fields[name]
        if field.type in ("one2many", "many2many"):
            return False
        return field.convert_to_write(self[name], self) == value

    def _get_governed_company(self):
        return self._get_governed_system().company_id or (
            self.company_id if "company_id" in self._fields else self.env["res.company"]
        )

    def _preview(self, vals):
        """Return how the fields will read, without keeping them.

        Written to a record in memory only: a change that would be refused is refused at
        once by its own checks when it is approved.
        """
        draft = self.new(origin=self)
        draft.update(vals)
        return {
            name: draft._read_portable(name)
            for name in vals
            if name in self._get_governed_fields()
        }

    # Versions ---------------------------------------------------------------

    def _keep_version(self):
        """Keep the present state; versions are written here and nowhere else."""
        self.flush_recordset()
        self.env["integration.version"]._keep(self)

    def _check_can_decide(self):
        if not self.env.user.has_group(
            "integration_core.integration_core_group_approver"
        ):
            raise AccessError(self.env._("Only approvers decide about changes."))

    # Screens ----------------------------------------------------------------

    def action_open_versions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Versions"),
            "res_model": "integration.version",
            "view_mode": "list,form",
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
        }

    def action_open_changes(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Changes"),
            "res_model": "integration.change.request",
            "view_mode": "list,form",
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
        }

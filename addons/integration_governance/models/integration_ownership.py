from types import MappingProxyType

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from odoo.addons.integration_core.lib.errors import BusinessError, PermanentError

from ..lib.links import apply_links

KIND = "integration_governance.ownership"


class IntegrationOwnership(models.Model):
    """Which system is the record of truth for a kind of record, or for some fields.

    Kept where records are written (``models/base.py``): whatever handler a message
    takes, a system that does not own a field cannot change it.
    """

    _name = "integration.ownership"
    _inherit = ["integration.cached.rules.mixin", "integration.governed.mixin"]
    _description = "Data Ownership"
    _order = "model_id, id"
    _governed_fields = (
        "name",
        "model_id",
        "field_ids",
        "owner",
        "system_id",
        "company_id",
        "reaction",
        "state",
    )
    _key_fields = ("name",)
    _scope_fields = ()

    name = fields.Char(required=True, help="For example: delivery dates of purchases.")
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("retired", "Retired")],
        required=True,
        default="active",
        copy=False,
    )
    model_id = fields.Many2one(
        "ir.model",
        string="Kind of record",
        required=True,
        ondelete="cascade",
        domain=[("transient", "=", False), ("abstract", "=", False)],
    )
    model_name = fields.Char(related="model_id.model", store=True)
    field_ids = fields.Many2many(
        "ir.model.fields",
        string="Fields",
        domain="[('model_id', '=', model_id), ('store', '=', True)]",
        help="Empty: the record as a whole, also making and deleting it.",
    )
    owner = fields.Selection(
        [("odoo", "Odoo"), ("system", "A system")], required=True, default="odoo"
    )
    system_id = fields.Many2one("integration.system", ondelete="restrict")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    reaction = fields.Selection(
        [
            ("refuse", "Refuse the message"),
            ("keep", "Keep ours, record the conflict"),
            ("ask", "Let the message wait for a decision"),
        ],
        string="Others' writes",
        required=True,
        default="ask",
    )
    conflict_count = fields.Integer(compute="_compute_conflict_count")

    @api.constrains("owner", "system_id", "company_id")
    def _check_owner(self):
        for rule in self:
            if (rule.owner == "system") != bool(rule.system_id):
                raise ValidationError(
                    self.env._("Name the system that owns it, or leave it to Odoo.")
                )
            if rule.system_id and rule.system_id.company_id != rule.company_id:
                raise ValidationError(
                    self.env._("The system belongs to another company.")
                )

    @api.constrains("model_id", "field_ids", "company_id", "state")
    def _check_once(self):
        for rule in self.filtered(lambda r: r.state == "active"):
            others = self.search(
                [
                    ("id", "!=", rule.id),
                    ("state", "=", "active"),
                    ("model_id", "=", rule.model_id.id),
                    ("company_id", "=", rule.company_id.id),
                ]
            )
            for other in others:
                if other.field_ids & rule.field_ids or not (
                    other.field_ids or rule.field_ids
                ):
                    raise ValidationError(
                        self.env._(
                            "'%(other)s' says already who owns this.", other=other.name
                        )
                    )

    def _get_governed_system(self):
        # The owner is not whom it holds for: it holds for everybody else.
        return self.env["integration.system"]

    def _get_system_of(self, vals):
        return self.env["integration.system"]

    def _compute_conflict_count(self):
        counts = dict(
            self.env["integration.ownership.conflict"]._read_group(
                [("rule_id", "in", self.ids), ("state", "=", "open")],
                ["rule_id"],
                ["__count"],
            )
        )
        for rule in self:
            rule.conflict_count = counts.get(rule, 0)

    # Enforcement ------------------------------------------------------------

    @api.model
    @ormcache()
    def _get_rules(self):
        """Return ``{(model, company id): {field name, or "" for the whole: rule id}}``."""
        rules = {}
        # Asked for every write of a service user, who does not read configuration.
        for rule in self.sudo().search([("state", "=", "active")]):
            own = rules.setdefault((rule.model_name, rule.company_id.id), {})
            own.update(dict.fromkeys(rule.field_ids.mapped("name") or [""], rule.id))
        return MappingProxyType(rules)

    @api.model
    @ormcache()
    def _get_service_users(self):
        """Return ``{user id: (system id, company id)}``."""
        # See _get_rules.
        systems = (
            self.env["integration.system"].sudo().search([("user_id", "!=", False)])
        )
        return MappingProxyType(
            {system.user_id.id: (system.id, system.company_id.id) for system in systems}
        )

    @api.model
    def _guard_write(self, records, vals):
        """Return what a service user may write of these values.

        :raises PermanentError, BusinessError: as the rule that is broken says.
        """
        own, system_id = self._get_rules_for(records._name)
        if not own:
            return vals
        allowed = dict(vals)
        for name in vals:
            rule = self._find_foreign_rule(own, name, system_id)
            changed = rule and records.filtered(
                lambda record, name=name: self._differs(record, name, vals[name])
            )
            if changed:
                rule._react(changed, name, vals[name])
                del allowed[name]
        return allowed

    @api.model
    def _guard_existence(self, records, verb):
        """Refuse making or deleting what another system owns as a whole."""
        own, system_id = self._get_rules_for(records._name)
        rule = own and self._find_foreign_rule(own, "", system_id)
        if rule:
            rule._react(records, "", verb, may_keep=False)

    def _get_rules_for(self, model_name):
        """Return ``(rules of the model, system id)`` of the present service user."""
        system_id, company_id = self._get_service_users()[self.env.uid]
        return self._get_rules().get((model_name, company_id)), system_id

    def _find_foreign_rule(self, own, name, system_id):
        """Return the rule by which a field is somebody else's, or nothing.

        What is said of the field goes before what is said of the whole record.
        """
        # See _get_rules.
        rule = self.sudo().browse(own.get(name) or own.get("") or [])
        return rule.browse() if rule.system_id.id == system_id else rule

    def _differs(self, record, name, value):
        field = record._fields.get(name)
        if not field:
            return False
        if field.type in ("one2many", "many2many"):
            linked = record[name]
            return apply_links(linked.ids, value) != set(linked.ids)
        present = field.convert_to_write(record[name], record)
        wanted = field.convert_to_write(
            field.convert_to_record(field.convert_to_cache(value, record), record),
            record,
        )
        # Nothing is nothing, whether it is said with "" or with False.
        return (present or False) != (wanted or False)

    def _react(self, records, name, value, *, may_keep=True):
        text = self.env._(
            "%(what)s of %(record)s belongs to %(owner)s (“%(rule)s”), and this message "
            "would write it.",
            what=name or self.model_id.name,
            record=records[:1].display_name or self.model_id.name,
            owner=self.system_id.name or "Odoo",
            rule=self.name,
        )
        if self.reaction == "keep" and may_keep:
            self.env["integration.ownership.conflict"]._record(
                self, records, name, value
            )
            return
        if self.reaction == "refuse":
            raise PermanentError(text)
        raise BusinessError(text, kind=KIND, fingerprint=f"{self.id}:{name}")

    # Screens ----------------------------------------------------------------

    @api.model
    def get_matrix(self):
        """Return who owns what: for the matrix screen.

        :returns: ``{"columns": [{"id", "name"}], "rows": [{"model", "field", "cells":
            [{"owner": bool, "reaction", "rule_id"}]}]}``
        """
        rules = self.search([("state", "=", "active")])
        systems = self.env["integration.system"].search([])
        columns = [{"id": 0, "name": "Odoo"}] + [
            {"id": system.id, "name": system.name} for system in systems
        ]
        rows = [
            rule._prepare_row(columns, field)
            for rule in rules
            for field in rule.field_ids or [self.env["ir.model.fields"]]
        ]
        return {"columns": columns, "rows": rows}

    def _prepare_row(self, columns, field):
        labels = dict(self._fields["reaction"]._description_selection(self.env))
        return {
            "rule_id": self.id,
            "model": self.model_id.name,
            "field": field.field_description or self.env._("the whole record"),
            "cells": [
                {
                    "column": column["id"],
                    "owner": column["id"] == (self.system_id.id or 0),
                    "reaction": self.reaction,
                    "label": labels[self.reaction],
                }
                for column in columns
            ],
        }

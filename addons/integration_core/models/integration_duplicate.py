from odoo import api, fields, models

from . import integration_mapping_queries as queries


class IntegrationDuplicate(models.Model):
    """Records that are likely one thing twice: a mapping to either splits its history.

    Found by simple rules, set by set; what somebody dismissed stays dismissed until
    another record joins the group.
    """

    _name = "integration.duplicate"
    _inherit = "integration.own.company.mixin"
    _description = "Possible Duplicate"
    _order = "res_model, rule, name"

    name = fields.Char(required=True, readonly=True, help="What they have in common.")
    rule = fields.Char(required=True, readonly=True)
    reason = fields.Char(compute="_compute_reason")
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_ids = fields.Json(required=True, readonly=True)
    record_count = fields.Integer(string="Records", readonly=True)
    record_names = fields.Char(compute="_compute_record_names", string="Which")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    state = fields.Selection(
        [("open", "To look at"), ("dismissed", "Different things")],
        required=True,
        default="open",
    )

    _group_unique = models.UniqueIndex(
        "(res_model, rule, name, COALESCE(company_id, 0))",
        "This group is on the list already.",
    )

    @api.depends("rule")
    def _compute_reason(self):
        for duplicate in self:
            rule = self._get_rules().get(duplicate.rule)
            duplicate.reason = rule[0] if rule else duplicate.rule

    @api.depends("res_model", "res_ids")
    def _compute_record_names(self):
        for duplicate in self:
            names = []
            if duplicate.res_model in self.env:
                Model = self.env[duplicate.res_model].with_context(active_test=False)
                # Only what this person may read has a name here.
                names = Model.search(
                    [("id", "in", (duplicate.res_ids or [])[:6])]
                ).mapped("display_name")
            duplicate.record_names = " · ".join(names)

    @api.model
    def _get_rules(self):
        """Return ``{rule: (sentence, function)}``; addons add those of their models.

        :returns: the function takes the cursor and returns rows ``(model, what they
            have in common, company id or None, record ids)``.
        """
        return {
            "partner_vat": (
                self.env._("The same tax number"),
                queries.find_partners_with_same_vat,
            ),
            "partner_name": (
                self.env._("The same name, written this way or another"),
                queries.find_partners_with_same_name,
            ),
        }

    @api.model
    def action_refresh(self):
        """Look for duplicates anew and open the list."""
        self.check_access("write")
        self._refresh()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "integration_core.integration_duplicate_action"
        )

    @api.model
    def _refresh(self):
        self.env.flush_all()
        # The list of all companies is made at once; who reads it sees their own.
        Duplicate = self.sudo()
        known = {
            (d.res_model, d.rule, d.name, d.company_id.id): d
            for d in Duplicate.search([])
        }
        for rule, (_sentence, find) in self._get_rules().items():
            for model, name, company_id, ids in find(self.env.cr):
                vals = {"res_ids": sorted(ids), "record_count": len(ids)}
                duplicate = known.pop((model, rule, name, company_id or False), None)
                if not duplicate:
                    Duplicate.create(
                        {
                            **vals,
                            "res_model": model,
                            "rule": rule,
                            "name": name,
                            "company_id": company_id,
                        }
                    )
                elif duplicate.res_ids != vals["res_ids"]:
                    duplicate.write({**vals, "state": "open"})
        Duplicate.browse([d.id for d in known.values()]).unlink()

    def action_dismiss(self):
        self.state = "dismissed"

    def action_open_records(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.res_model,
            "view_mode": "list,form",
            "domain": [("id", "in", self.res_ids)],
            "context": {"active_test": False},
        }

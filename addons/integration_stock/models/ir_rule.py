from odoo import api, models, tools
from odoo.fields import Domain

# Where a record says of which system it is; the first that a model has counts.
SYSTEM_PATHS = (
    ("system_id",),
    ("delivery_id", "system_id"),
    ("endpoint_id", "system_id"),
    ("message_id", "system_id"),
    ("run_id", "system_id"),
)


class IrRule(models.Model):
    """People with plants see what concerns these, and what concerns no plant.

    Every record that says of which system it is follows its system, whichever addon it
    comes from: a rule per model would be forgotten with the next model.
    """

    _inherit = "ir.rule"

    @api.model
    def _compute_domain(self, model_name, mode="read"):
        domain = super()._compute_domain(model_name, mode)
        path = self._get_system_path(model_name)
        plant_ids = () if path is None or self.env.su else self._get_user_plant_ids()
        if not plant_ids:
            return domain
        elsewhere = Domain("warehouse_ids", "!=", False) & Domain(
            "warehouse_ids", "not in", plant_ids
        )
        for name in reversed(path):
            elsewhere = Domain(name, "any!", elsewhere)
        return domain & ~elsewhere

    @tools.ormcache("model_name")
    def _get_system_path(self, model_name):
        """Return the fields that lead to the record's system, or None without one."""
        if model_name == "integration.system":
            return ()
        for path in SYSTEM_PATHS:
            model = self.env[model_name]
            for name in path:
                field = model._fields.get(name)
                if not field or not field.store or field.type != "many2one":
                    break
                model = self.env[field.comodel_name]
            else:
                if model._name == "integration.system":
                    return path
        return None

    @tools.ormcache("self.env.uid")
    def _get_user_plant_ids(self):
        # sudo: which plants a person has limits them; it is theirs neither to read
        # nor to change.
        return tuple(self.env.user.sudo().integration_warehouse_ids.ids)

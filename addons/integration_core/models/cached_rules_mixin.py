from odoo import api, models


class CachedRulesMixin(models.AbstractModel):
    """Records that decide about every message and are therefore kept in a cache.

    Each change empties the cache in all processes.
    """

    _name = "integration.cached.rules.mixin"
    _inherit = "integration.own.company.mixin"
    _description = "Cached Rules Mixin"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

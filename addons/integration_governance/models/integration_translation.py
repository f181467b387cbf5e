from odoo import models


class IntegrationTranslation(models.Model):
    """Translations are drafted by one person and put into force by another."""

    _name = "integration.translation"
    _inherit = ["integration.translation", "integration.governed.mixin"]
    _governed_fields = (
        "name",
        "state",
        "system_id",
        "source_contract_id",
        "target_contract_id",
        "expression",
        "sample",
    )
    _key_fields = ("system_id.code", "name")

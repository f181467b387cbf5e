from odoo import models


class CachedRulesMixin(models.AbstractModel):
    """What decides about every message is audited."""

    _name = "integration.cached.rules.mixin"
    _inherit = ["integration.cached.rules.mixin", "integration.audited.mixin"]


class IntegrationMapping(models.Model):
    _name = "integration.mapping"
    _inherit = ["integration.mapping", "integration.audited.mixin"]


class IntegrationMappingDomain(models.Model):
    _name = "integration.mapping.domain"
    _inherit = ["integration.mapping.domain", "integration.audited.mixin"]


class IntegrationExceptionKind(models.Model):
    _name = "integration.exception.kind"
    _inherit = ["integration.exception.kind", "integration.audited.mixin"]


class IntegrationReconciliationDomain(models.Model):
    _name = "integration.reconciliation.domain"
    _inherit = ["integration.reconciliation.domain", "integration.audited.mixin"]

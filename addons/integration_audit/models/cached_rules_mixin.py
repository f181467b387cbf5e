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


class ConfigurationMixin(models.AbstractModel):
    """What other addons let people decide is audited too."""

    _name = "integration.configuration.mixin"
    _inherit = ["integration.configuration.mixin", "integration.audited.mixin"]


class IntegrationCanonicalValue(models.Model):
    _name = "integration.canonical.value"
    _inherit = ["integration.canonical.value", "integration.audited.mixin"]


class IntegrationExceptionRule(models.Model):
    _name = "integration.exception.rule"
    _inherit = ["integration.exception.rule", "integration.audited.mixin"]


class IntegrationLegalHold(models.Model):
    _name = "integration.legal.hold"
    _inherit = ["integration.legal.hold", "integration.audited.mixin"]


class IntegrationPlaybookStep(models.Model):
    _name = "integration.playbook.step"
    _inherit = ["integration.playbook.step", "integration.audited.mixin"]


class IntegrationPublishMember(models.Model):
    _name = "integration.publish.member"
    _inherit = ["integration.publish.member", "integration.audited.mixin"]

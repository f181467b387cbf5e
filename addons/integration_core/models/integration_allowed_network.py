from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..lib.addresses import parse_network


class IntegrationAllowedNetwork(models.Model):
    """A network inside that endpoints may be in; without one only the internet is.

    Kept by administrators: whoever may enter an endpoint must not be able to make Odoo
    speak to whatever stands beside it.
    """

    _name = "integration.allowed.network"
    _inherit = "integration.cached.rules.mixin"
    _description = "Allowed Network"
    _order = "environment, network"

    name = fields.Char(required=True)
    network = fields.Char(required=True, help="For example 10.20.0.0/16.")
    environment = fields.Selection(
        [
            ("development", "Development"),
            ("test", "Test"),
            ("production", "Production"),
        ],
        required=True,
        help="Of the systems whose endpoints may be there.",
    )

    _once = models.Constraint(
        "UNIQUE(network, environment)", "This network is allowed there already."
    )

    @api.constrains("network")
    def _check_network(self):
        for allowed in self:
            try:
                parse_network(allowed.network)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "'%(network)s' is no network: %(reason)s",
                        network=allowed.network,
                        reason=error,
                    )
                ) from error

    @api.model
    @ormcache("environment")
    def _get_networks(self, environment):
        """Return the networks of an environment, as ``ipaddress`` networks."""
        # Read by the sender, who asks for everybody's endpoints.
        allowed = self.sudo().search([("environment", "=", environment)])
        return tuple(parse_network(entry.network) for entry in allowed)

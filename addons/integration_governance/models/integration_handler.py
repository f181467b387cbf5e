from odoo import models

from odoo.addons.integration_core.lib.payload import find_members

PARTY_MEMBERS = {"plant": "plant", "plants": "plant", "supplier": "supplier"}


class IntegrationHandler(models.AbstractModel):
    """Whom a message is about, for a cut-over party by party."""

    _inherit = "integration.handler"

    def _get_parties(self, delivery):
        """Return ``[(mapping domain code, record id)]`` of a message's plant and supplier.

        They are read from the payload's members; a system that is a supplier itself
        stands for its partner.
        """
        payload = delivery._get_own_payload()
        system = delivery.system_id
        parties = []
        for member, domain in PARTY_MEMBERS.items():
            codes = find_members(payload, member)
            found = self.env["integration.mapping"]._find_many(system, domain, codes)
            parties += [(domain, mapping.res_id) for mapping in found.values()]
        if system.partner_id:
            parties.append(("supplier", system.partner_id.id))
        return parties

from odoo import models

from odoo.addons.integration_core.lib.payload import find_members

PARTY_MEMBERS = {"plant": "plant", "plants": "plant", "supplier": "supplier"}
# Stands for a party that a message names and nobody has mapped: it was never cut over.
UNKNOWN = 0


class IntegrationHandler(models.AbstractModel):
    """Whom a message is about, for a cut-over party by party."""

    _inherit = "integration.handler"

    def _get_parties(self, delivery):
        """Return ``{mapping domain code: record ids}`` of a message's plants and suppliers.

        They are read from the payload's members. Where it names none, a system that is a
        supplier itself stands for its partner, and one that runs a single plant for that.
        """
        payload = delivery._get_own_payload()
        system = delivery.system_id
        Mapping = self.env["integration.mapping"]
        parties = {}
        for member, domain in PARTY_MEMBERS.items():
            codes = find_members(payload, member)
            found = Mapping._find_many(system, domain, codes) if codes else {}
            parties.setdefault(domain, set()).update(
                found[code].res_id if code in found else UNKNOWN for code in codes
            )
        if not parties["plant"]:
            parties["plant"].update(Mapping._get_plant_refs(system))
        if system.partner_id and not parties["supplier"]:
            parties["supplier"].add(system.partner_id.id)
        return parties

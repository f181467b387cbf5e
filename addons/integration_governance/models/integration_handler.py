from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.payload import find_members

PARTY_MEMBERS = {"plant": "plant", "plants": "plant", "supplier": "supplier"}
# Stands for a party that a message names and nobody has mapped: it was never cut over.
UNKNOWN = 0


class IntegrationHandler(models.AbstractModel):
    """Whom a message is about, for a cut-over party by party."""

    _inherit = "integration.handler"

    def _get_parties(self, delivery):
        """Return ``{mapping domain code: record ids}`` of a message's plants and suppliers.

        They are read from the members of the payload that the handler gets, on the day of
        the message. Where it names none, a system that is a supplier itself stands for its
        partner, and one that runs a single plant for that.
        """
        moment = delivery.message_id._get_moment()
        payload = self._get_handled_payload(delivery, moment)
        system = delivery.system_id
        Mapping = self.env["integration.mapping"].with_context(integration_moment=moment)
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

    def _get_handled_payload(self, delivery, moment):
        """Return a message's payload as it is translated; as it came where it cannot be.

        The run itself says then what is wrong.
        """
        payload = delivery._get_own_payload()
        Translation = self.env["integration.translation"]
        translation = Translation.browse(
            Translation._find_id(delivery.system_id.id, delivery.contract_id.id)
        ).with_context(integration_moment=moment)
        if not translation:
            return payload
        try:
            return translation._translate(payload)
        except BusinessError:
            return payload

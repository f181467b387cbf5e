import base64
import binascii

from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.results import HandlerResult


class CertificateReceivedHandler(models.AbstractModel):
    """Takes a certificate with its values and document, and checks it at once."""

    _name = "integration.handler.certificate.received"
    _inherit = "integration.handler"
    _description = "Received certificate handler"

    def _handle(self, message):
        payload = message._get_payload()
        product = self._resolve(message, "item", payload["item"])
        lot = self._resolve_lot(message, product, payload["lot"])
        certificate = self._find_same(lot, payload)
        if certificate:
            return self._answer(certificate, outcome="ignored")
        # Where it comes from is known here, and not chosen by people.
        certificate = (
            self.env["quality.certificate"]
            .sudo()
            .create(self._prepare_vals(message, lot, payload))
            .sudo(False)
        )
        if not certificate.plan_id:
            raise self._refuse(
                payload, self.env._("Lot %s has no inspection plan.", lot.name)
            )
        self._state_values(certificate, payload)
        certificate.action_check()
        return self._answer(certificate)

    def _find_same(self, lot, payload):
        return self.env["quality.certificate"].search(
            [
                ("lot_id", "=", lot.id),
                ("number", "=", payload["number"]),
                ("state", "=", "valid"),
            ],
            limit=1,
        )

    def _answer(self, certificate, outcome="done"):
        return HandlerResult(
            record=certificate,
            outcome=outcome,
            summary=certificate.mismatches
            or self.env._("%s is valid", certificate.name),
            data={
                "certificate": certificate.name,
                "state": certificate.state,
                "mismatches": (certificate.mismatches or "").split("\n")
                if certificate.mismatches
                else [],
                "disposition": certificate.lot_id.disposition,
            },
        )

    def _prepare_vals(self, message, lot, payload):
        vals = {
            "lot_id": lot.id,
            "number": payload["number"],
            "origin": "message",
            "partner_id": message.system_id.partner_id.commercial_partner_id.id,
            "company_id": message.company_id.id,
        }
        document = payload.get("document")
        if document:
            self._check_document(payload, document)
            vals |= {
                "document": document["content"],
                "document_name": document["name"],
            }
        return vals

    def _check_document(self, payload, document):
        """:raises BusinessError: ``supplier_quality.certificate``"""
        try:
            base64.b64decode(document["content"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise self._refuse(
                payload, self.env._("The document is not Base64.")
            ) from error

    def _state_values(self, certificate, payload):
        by_code = {one.code: one for one in certificate.plan_id.characteristic_ids}
        for entry in payload["values"]:
            characteristic = by_code.get(entry["characteristic"])
            if not characteristic:
                continue  # a certificate may say more than is asked for
            certificate.line_ids.create(
                {
                    "certificate_id": certificate.id,
                    "characteristic_id": characteristic.id,
                    "value": entry.get("value", 0),
                    "is_stated": "value" in entry,
                    "conforming": entry.get("conforming", False),
                    "unit": entry.get("unit", ""),
                }
            )

    def _refuse(self, payload, why):
        return BusinessError(
            why,
            kind="supplier_quality.certificate",
            fingerprint=f"{payload['item']}:{payload['lot']}",
        )

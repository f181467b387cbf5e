import base64
import binascii

from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.results import HandlerResult

# Kinds of systems that speak for the one supplier they name; a portal of many names none.
SUPPLIERS = ("supplier", "contract_manufacturer")
STATED = ("value", "is_stated", "conforming", "unit")


class CertificateReceivedHandler(models.AbstractModel):
    """Takes a certificate with its values and document, and checks it at once."""

    _name = "integration.handler.certificate.received"
    _inherit = "integration.handler"
    _description = "Received certificate handler"

    def _handle(self, message):
        payload = message._get_payload()
        product = self._resolve(message, "item", payload["item"])
        lot = self._resolve_lot(message, product, payload["lot"])
        self._check_payload(message, lot, payload)
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

    def _check_payload(self, message, lot, payload):
        """A supplier states of its own lots, of each characteristic once, readably.

        :raises BusinessError: ``supplier_quality.certificate``
        """
        codes = [entry["characteristic"] for entry in payload["values"]]
        twice = next((code for code in codes if codes.count(code) > 1), None)
        if twice:
            raise self._refuse(payload, self.env._("'%s' is stated twice.", twice))
        if payload.get("document"):
            self._check_document(payload, payload["document"])
        # A machine need not read suppliers; this one decides whose lots it may speak of.
        system = message.system_id.sudo()
        supplier = system.partner_id.commercial_partner_id
        inspections = lot._get_inspections()
        own = inspections.partner_id.commercial_partner_id
        speaks_for_itself = system.kind in SUPPLIERS and supplier
        if speaks_for_itself and inspections and supplier not in own:
            raise self._refuse(
                payload,
                self.env._(
                    "Lot %(lot)s was not delivered by %(supplier)s.",
                    lot=lot.name,
                    supplier=supplier.name,
                ),
            )

    def _find_same(self, lot, payload):
        """Return the latest certificate of the lot, if it is this one once more."""
        latest = self.env["quality.certificate"].search(
            [("lot_id", "=", lot.id), ("state", "!=", "draft")], order="id desc", limit=1
        )
        same = latest.number == payload["number"] and latest.state == "valid"
        return latest if same and self._states_same(latest, payload) else latest.browse()

    def _states_same(self, certificate, payload):
        """Tell whether a message says what a certificate says, values and document."""
        stated = {
            line.characteristic_id.code: self._prepare_stated(line.read(STATED)[0])
            for line in certificate.line_ids
        }
        codes = set(certificate.plan_id.characteristic_ids.mapped("code"))
        told = {
            entry["characteristic"]: self._prepare_stated(self._read_stated(entry))
            for entry in payload["values"]
            if entry["characteristic"] in codes
        }
        document = payload.get("document")
        digest = certificate._hash(document["content"]) if document else False
        return stated == told and certificate.sha256 == digest

    def _prepare_stated(self, values):
        return tuple(values[name] or False for name in STATED)

    def _read_stated(self, entry):
        return {
            "value": entry.get("value", 0),
            "is_stated": "value" in entry,
            "conforming": entry.get("conforming", False),
            "unit": entry.get("unit", ""),
        }

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
                    **self._read_stated(entry),
                }
            )

    def _refuse(self, payload, why):
        return BusinessError(
            why,
            kind="supplier_quality.certificate",
            fingerprint=f"{payload['item']}:{payload['lot']}",
        )

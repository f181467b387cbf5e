from odoo import fields, models

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.results import HandlerResult

ENDED = ("closed", "cancelled")


class NonconformanceReportedHandler(models.AbstractModel):
    """Takes a nonconformance that a QMS owns; the same number again updates it."""

    _name = "integration.handler.nonconformance.reported"
    _inherit = "integration.handler"
    _description = "Reported nonconformance handler"

    def _handle(self, message):
        payload = message._get_payload()
        # The handler checked the sender; the fields have no other writer.
        Nonconformance = self.env["quality.nonconformance"].sudo()
        known = Nonconformance.search(
            [
                ("system_id", "=", message.system_id.id),
                ("external_ref", "=", payload["nonconformance"]),
            ]
        )
        vals = self._prepare_vals(message, payload)
        if known:
            known.write(vals)
        else:
            known = Nonconformance.create(
                dict(
                    vals,
                    system_id=message.system_id.id,
                    external_ref=payload["nonconformance"],
                    company_id=message.company_id.id,
                )
            )
        self._follow(known, payload)
        return HandlerResult(
            record=known,
            summary=self.env._(
                "%(name)s is %(state)s", name=known.name, state=known.state
            ),
            data={"nonconformance": known.name, "state": known.state},
        )

    def _prepare_vals(self, message, payload):
        product = self._resolve(message, "item", payload["item"])
        vals = {
            "product_id": product.id,
            "severity": payload["severity"],
            "description": payload["description"],
            "quantity": payload.get("quantity", 0),
            "defect_code_ids": self._find_defects(payload.get("defects", [])).ids,
        }
        if payload.get("lot"):
            vals["lot_id"] = self._resolve_lot(message, product, payload["lot"]).id
        if payload.get("supplier"):
            partner = self._resolve(message, "supplier", payload["supplier"])
            vals["partner_id"] = partner.id
        if payload.get("conclusion"):
            vals["conclusion"] = payload["conclusion"]
        return vals

    def _find_defects(self, codes):
        """:raises BusinessError: ``supplier_quality.unknown_defect``"""
        defects = self.env["quality.defect.code"].search([("code", "in", codes)])
        unknown = set(codes) - set(defects.mapped("code"))
        if unknown:
            raise BusinessError(
                self.env._("There is no defect code '%s'.", sorted(unknown)[0]),
                kind="supplier_quality.unknown_defect",
                fingerprint=sorted(unknown)[0],
            )
        return defects

    def _follow(self, nonconformance, payload):
        """Contain where asked to, and take over the state."""
        wanted = payload.get("state", "open")
        contain = payload.get("contain") or wanted == "contained"
        if contain and nonconformance.state == "open" and nonconformance.lot_id:
            # With the rights of the sender: holding a lot is an inspector's right.
            nonconformance.sudo(False).action_contain()
        ended = nonconformance.state in ENDED
        if wanted in ENDED and nonconformance.state != wanted:
            nonconformance._set_state(wanted, closed_at=fields.Datetime.now())
        elif payload.get("state") == "reviewed" and nonconformance.state != "reviewed":
            nonconformance._set_state("reviewed", closed_at=False)
        elif payload.get("state") and wanted not in ENDED and ended:
            # The owner took it up again.
            nonconformance._set_state(wanted, closed_at=False)

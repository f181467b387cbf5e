import base64

from odoo import api, models
from odoo.exceptions import UserError

from ..lib.entry import parse_number


class QualityCertificate(models.Model):
    """Certificates that suppliers hand in themselves.

    The portal calls these with the rights of the system: a supplier reads and writes no
    certificates, it hands in those that its own lots wait for.
    """

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "quality.certificate"

    @api.model
    def _find_awaited(self, partner):
        """Return a supplier's inspections whose lots wait for a certificate.

        One for each lot, the latest.
        """
        inspections = self.env["quality.inspection"].search(
            [
                # Not below: a company of the same group is a supplier of its own.
                (
                    "partner_id.commercial_partner_id",
                    "=",
                    partner.commercial_partner_id.id,
                ),
                ("plan_id.requires_certificate", "=", True),
                ("lot_id.disposition", "=", "pending"),
            ],
            order="id desc",
        )
        latest = inspections.browse()
        for inspection in inspections:
            lot = inspection.lot_id
            awaited = lot._get_uncertified_plans().origin_id
            if lot not in latest.lot_id and inspection.plan_id.origin_id in awaited:
                latest |= inspection
        return latest

    @api.model
    def _receive_from_portal(self, inspection, values, *, number, name, content):
        """Record what a supplier hands in for a lot, and check it if values are stated.

        :param inspection: one of ``_find_awaited``; :param content: bytes of the document.
        :param values: ``{characteristic id: text}`` as a browser sends numbers; ``yes``
            or ``no`` for attributes. Without any a person reads the document.
        :returns: the certificate; its mismatches say what does not match.
        :raises UserError: no document, or a value that is no number.
        """
        if not content:
            raise UserError(self.env._("Choose the document of the certificate."))
        certificate = self.create(
            {
                "lot_id": inspection.lot_id.id,
                "plan_id": inspection.plan_id.id,
                "partner_id": inspection.partner_id.commercial_partner_id.id,
                "company_id": inspection.company_id.id,
                "number": number,
                "origin": "portal",
                "document": base64.b64encode(content),
                "document_name": name,
            }
        )
        lines = [
            {
                "certificate_id": certificate.id,
                "characteristic_id": characteristic.id,
                **self._read_stated(characteristic, values[characteristic.id]),
            }
            for characteristic in certificate._get_required()
            if values.get(characteristic.id)
        ]
        certificate.line_ids.create(lines)
        if lines:
            certificate.action_check()
        elif inspection.plan_id.user_id:
            certificate.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Read and check the supplier's certificate"),
                user_id=inspection.plan_id.user_id.id,
            )
        return certificate

    def _read_stated(self, characteristic, text):
        if characteristic.kind == "attributive":
            return {"conforming": text == "yes"}
        try:
            value = parse_number(text, decimal_point=".", thousands_separator="")
        except ValueError as error:
            raise UserError(
                self.env._(
                    "'%(text)s' is no number for %(name)s.",
                    text=text,
                    name=characteristic.name,
                )
            ) from error
        return {"value": value, "is_stated": True}

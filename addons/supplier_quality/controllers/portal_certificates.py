from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .portal import MAX_FILE_BYTES, QualityPortal

PATH = "/my/certificates"


class CertificatePortal(QualityPortal):
    """Suppliers hand in the certificates that their lots wait for."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "certificate_count" in counters:
            values["certificate_count"] = len(self._find_awaited())
        return values

    @http.route(PATH, type="http", auth="user", website=True)
    def portal_certificates(self, error="", done="", **_kwargs):
        values = {
            "inspections": self._find_awaited(),
            "page_name": "certificate",
            "error": error,
            "done": done,
        }
        return request.render("supplier_quality.portal_certificates", values)

    @http.route(
        f"{PATH}/<int:inspection_id>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_hand_in(self, inspection_id, number="", **form):
        inspection = self._find_awaited().filtered(lambda one: one.id == inspection_id)
        if not inspection:
            return request.redirect(PATH)
        try:
            # A savepoint: what was refused leaves nothing behind.
            with request.env.cr.savepoint():
                certificate = self._hand_in(inspection, number, form)
        except UserError as error:
            return request.redirect_query(PATH, {"error": str(error)})
        outcome = {"done": f"{inspection.lot_id.name}: {certificate.name}"}
        if certificate.mismatches:
            outcome = {"error": f"{inspection.lot_id.name}: {certificate.mismatches}"}
        return request.redirect_query(PATH, outcome)

    def _find_awaited(self):
        """Return what the signed-in supplier's lots wait for, and nobody else's."""
        # A supplier reads no inspections: exactly those of its own partner are open.
        partner = request.env.user.partner_id
        return request.env["quality.certificate"].sudo()._find_awaited(partner)

    def _hand_in(self, inspection, number, form):
        document = request.httprequest.files.get("document")
        content = document.read(MAX_FILE_BYTES + 1) if document else b""
        if len(content) > MAX_FILE_BYTES:
            raise UserError(
                request.env._("'%s' is larger than 20 MB.", document.filename)
            )
        values = {
            int(name.removeprefix("value_")): text
            for name, text in form.items()
            if name.startswith("value_") and name.removeprefix("value_").isdecimal()
        }
        # It is the supplier's own lot; certificates have no other way in from there.
        return (
            request.env["quality.certificate"]
            .sudo()
            ._receive_from_portal(
                inspection,
                values,
                number=number[:200],
                name=document.filename if document else "",
                content=content,
            )
        )

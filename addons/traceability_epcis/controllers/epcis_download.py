import json

from odoo import http
from odoo.http import request


class EpcisDownloadController(http.Controller):
    @http.route("/traceability/epcis", type="http", auth="user", methods=["GET"])
    def download(self, ids="", lots="", recall="", **_parameters):
        """Download the ledger as EPCIS: of rows, of lots, or of what a recall found.

        The user's own rights decide what is in it.
        """
        env = request.env
        domain = [("id", "in", _numbers(ids))]
        name = "epcis"
        if lots:
            domain = [("lot_id", "in", _numbers(lots))]
            name = "epcis-lot"
        elif recall:
            found = env["traceability.recall"].search([("id", "in", _numbers(recall))])
            domain = [("lot_id", "in", found.line_ids.lot_id.ids)]
            name = "epcis-recall"
        rows = env["traceability.lot.event"].search(domain)
        document = json.dumps(rows._export_epcis(), indent=2, ensure_ascii=False)
        return request.make_response(
            document,
            headers=[
                ("Content-Type", "application/ld+json"),
                ("Content-Disposition", f'attachment; filename="{name}.jsonld"'),
            ],
        )


def _numbers(text):
    return [int(part) for part in text.split(",") if part.isascii() and part.isdigit()]

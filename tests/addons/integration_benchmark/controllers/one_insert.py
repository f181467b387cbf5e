import json

from odoo import http
from odoo.http import request


class OneInsertController(http.Controller):
    @http.route(
        "/integration_benchmark/one_insert",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def one_insert(self, **_parameters):
        """Keep the body under its key: the least that durable ingest can cost."""
        httprequest = request.httprequest
        request.env.cr.execute(
            """
            INSERT INTO integration_benchmark_row (key, payload)
            VALUES (%s, %s::jsonb)
            ON CONFLICT DO NOTHING
            """,
            (
                httprequest.headers["Idempotency-Key"],
                httprequest.get_data(cache=False).decode(),
            ),
        )
        return http.Response(
            json.dumps({"inserted": request.env.cr.rowcount}),
            content_type="application/json",
        )

from odoo.tests import HttpCase, tagged

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestRecallTour(TraceCase, HttpCase):
    def test_from_the_lot_to_containment_and_pack(self):
        raw, output = self.lot("TOUR-RAW"), self.lot("TOUR-FIN", self.finished)
        self.receive_lot(raw, 30)
        self.produce({raw: 20}, output, 10)
        self.ship(output, 6)
        self.start_tour(
            f"/odoo/action-stock.action_production_lot_form/{raw.id}",
            "traceability_recall",
            login="admin",
        )
        self.assertEqual(
            set((raw | output).mapped("disposition")), {"quarantined"}
        )
        recall = self.env["traceability.recall"].search([("lot_id", "=", raw.id)])
        self.assertEqual((recall.state, recall.mode), ("contained", "real"))
        self.assertEqual(recall.notice_ids.partner_id, self.customer)
        self.assertTrue(recall.action_download_pack()["url"])

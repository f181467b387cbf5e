from odoo.tests import HttpCase, new_test_user, tagged

from .common import QualityCase


@tagged("post_install", "-at_install")
class TestTour(HttpCase, QualityCase):
    """From a receipt to a nonconformance to an accepted 8D, with the supplier."""

    def test_from_receipt_to_accepted_8d(self):
        picking = self.receive_goods({"A": 10, "B": 20})
        groups = (
            "lot_disposition.lot_disposition_group_manager,"
            "purchase.group_purchase_user,stock.group_stock_user"
        )
        new_test_user(self.env, "quality", groups, email="q@example.com")
        seller = new_test_user(
            self.env, "seller", "base.group_portal", email="s@example.com"
        )
        seller.partner_id.parent_id = self.supplier
        self.start_tour(
            f"/odoo/action-stock.action_picking_tree_all/{picking.id}",
            "supplier_quality_contain",
            login="quality",
        )
        lots = picking.move_ids.move_line_ids.lot_id
        self.assertEqual(set(lots.mapped("disposition")), {"quarantined"})
        action = self.env["quality.corrective.action"].search([], limit=1)
        self.assertEqual((action.state, action.partner_id), ("sent", self.supplier))
        self.start_tour(
            "/my/corrective-actions", "supplier_quality_answer", login="seller"
        )
        self.assertEqual(set(action.step_ids.mapped("state")), {"submitted"})
        self.start_tour(
            f"/odoo/action-supplier_quality.quality_corrective_action_action/{action.id}",
            "supplier_quality_accept",
            login="quality",
        )
        self.assertEqual((action.state, action.effectiveness), ("closed", "watching"))

from odoo.tests import new_test_user

from .common import ShipmentCase


class TestAccess(ShipmentCase):
    """Who may do what with ship notices."""

    def test_machine_has_no_right_to_orders(self):
        user = self.system.user_id
        self.assertFalse(user.has_group("purchase.group_purchase_user"))
        for operation in ("write", "create", "unlink"):
            self.assertFalse(self.order.with_user(user).has_access(operation))

    def test_people_read_notices_and_do_not_edit_them(self):
        notice = self.get_notice(self.advise())
        for group in ("stock.group_stock_user", "purchase.group_purchase_user"):
            user = new_test_user(self.env, group, groups=group)
            with self.subTest(group=group):
                self.assertEqual(
                    notice.with_user(user).line_ids.mapped("lot_code"), ["A", "B"]
                )
                self.assertEqual(notice.with_user(user).picking_id.id, self.receipt.id)
                self.assertFalse(notice.with_user(user).has_access("write"))
                self.assertFalse(notice.line_ids.with_user(user).has_access("unlink"))

    def test_notices_of_other_companies_are_not_seen(self):
        notice = self.get_notice(self.advise())
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = new_test_user(
            self.env,
            "far",
            groups="stock.group_stock_user",
            company_id=company.id,
            company_ids=company.ids,
        )
        Notices = self.env["procurement.shipment.notice"].with_user(user)
        self.assertNotIn(notice, Notices.search([]))
        self.assertFalse(
            Notices.env["procurement.shipment.notice.line"].search(
                [("notice_id", "=", notice.id)]
            )
        )

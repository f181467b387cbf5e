"""Goods that two people release, and that no lot holds."""


from odoo import Command
from odoo.tests import new_test_user

from ..exceptions import LotOnHoldError
from .test_places import PlaceCase

INSPECTOR = "lot_disposition.lot_disposition_group_inspector"
MANAGER = "lot_disposition.lot_disposition_group_manager"


class PlaceReleaseCase(PlaceCase):
    """Ten screws in a cage, which two people release."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.product_tmpl_id.release_people = "two"
        cls.cage = cls.env["stock.location"].create(
            {"name": "Cage", "location_id": cls.stock.id, "is_quarantine": True}
        )
        cls.env["stock.quant"]._update_available_quantity(cls.product, cls.cage, 10)
        cls.second = new_test_user(
            cls.env, "second", f"{INSPECTOR},stock.group_stock_manager", password="second-pw"
        )
        cls.manager = new_test_user(
            cls.env, "both", f"{MANAGER},stock.group_stock_manager,base.group_system"
        )
        cls.everybody = cls.stock_user | cls.second | cls.manager
        cls.everybody |= cls.env.ref("base.user_admin") | cls.env.ref("base.user_root")

    @property
    def quant(self):
        return self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", self.cage.id)]
        )

    def ask(self, quantity=4, *, user=None, **values):
        return (
            self.env["lot.disposition.permit"]
            .with_user(user or self.inspector)
            .create(
                {
                    "location_id": self.cage.id,
                    "product_id": self.product.id,
                    "quantity": quantity,
                    "reason": "Measured, all good",
                    **values,
                }
            )
        )

    def release(self, quantity=4, **values):
        permit = self.ask(quantity, **values)
        permit.request_ids.with_user(self.second).action_approve()
        return permit

    def move_out(self, quantity=4, *, user=None, source=None):
        """As a warehouse does it: a transfer with a typed quantity."""
        env = self.env(user=user or self.stock_user)
        source = source or self.cage
        picking = env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.int_type_id.id,
                "location_id": source.id,
                "location_dest_id": self.shelf.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": quantity,
                            "location_id": source.id,
                            "location_dest_id": self.shelf.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        self.env.flush_all()
        return picking

    def assert_refused(self, action, words="two people", error=LotOnHoldError):
        self.assert_stays(self.cage, action, words, error)

    def receive(self, quantity=3):
        move = self.make_move(self.cage, quantity, source=self.suppliers)
        move.quantity = quantity
        move.picked = True
        move._action_done()
        return move

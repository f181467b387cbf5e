from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from .lot_disposition_mixin import INSPECTOR


class StockLot(models.Model):
    """Partial acceptance: a part of a lot is decided on by itself."""

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "stock.lot"

    split_from_id = fields.Many2one(
        "stock.lot",
        string="Split from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    split_ids = fields.One2many("stock.lot.split", "parent_lot_id", string="Splits")

    def _split_for_disposition(
        self, quantity, status, reason, *, location=None, path="ui", origin=None
    ):
        """Make a part of this lot a lot of its own and decide on that part.

        :param quantity: in the product's unit; it must lie in one place.
        :param status: of the new lot; this one keeps its own.
        :param location: where to take it from; needed when the lot lies in several places.
        :returns: the new lot. What links them is a ``stock.lot.split``.
        :raises UserError: when there is not that much of it in one place.
        """
        quant = self._find_quant_to_split(quantity, location)
        return self._split_quants(
            [(quant, quantity)], status, reason, path=path, origin=origin
        )

    def _split_quants(self, taken, status, reason, *, path="ui", origin=None):
        """As ``_split_for_disposition``, of goods that may lie in several places.

        :param taken: list of (quant of this lot, quantity to take from it).
        """
        self.ensure_one()
        if not (self.env.su or self.env.user.has_group(INSPECTOR)):
            raise AccessError(self.env._("Only quality splits a lot."))
        self._lock_for_change()
        child = self._create_child()
        if child.disposition != self.disposition:
            # The part starts where the whole stands; rights decide about what follows.
            child.sudo()._apply_disposition(self.disposition, reason, path=path)
        quantity = sum(part for _quant, part in taken)
        self._record("split", reason, path=path, origin=origin, quantity=quantity)
        for quant, part in taken:
            self._on_lot_split(self._move_part(quant, child, part, reason))
        child._set_disposition(status, reason, path=path, origin=origin)
        return child

    def _get_lineage(self):
        """Return this lot and those it was split from, the nearest first."""
        lineage, lot = self.browse(), self
        while lot:
            lineage |= lot
            lot = lot.split_from_id
        return lineage

    def _on_lot_split(self, split):
        """Hook: a part of this lot has just become another one, in this transaction.

        :param split: the ``stock.lot.split`` that links them.
        """

    def _find_quant_to_split(self, quantity, location):
        if self.product_id.tracking != "lot":
            raise UserError(
                self.env._("A serial number is one piece and cannot be split.")
            )
        uom = self.product_id.uom_id
        # Searched with the user's rights: a lot may lie in several companies, and what
        # is moved below is moved whoever asks.
        quants = self.env["stock.quant"].search([("lot_id", "=", self.id)])
        quants = quants.filtered(
            lambda quant: (
                quant.location_id.usage == "internal"
                and (not location or quant.location_id == location)
                and uom.compare(quant.quantity, quantity) >= 0
            )
        )
        if uom.compare(quantity, 0) <= 0 or not quants:
            raise UserError(
                self.env._(
                    "There is no place with %(quantity)s %(uom)s of lot %(lot)s.",
                    quantity=quantity,
                    uom=uom.name,
                    lot=self.name,
                )
            )
        return quants.sorted(lambda quant: (-quant.quantity, quant.id))[0]

    def _create_child(self):
        """Return a new lot, named after this one with the next number."""
        # A name is taken also where the user may not look, and an inspector splits
        # without the right to make up lots; that it may split was checked.
        number = len(self.sudo().split_ids) + 1
        taken = self.sudo().search(
            [("product_id", "=", self.product_id.id), ("name", "=like", f"{self.name}/%")]
        )
        while f"{self.name}/{number}" in taken.mapped("name"):
            number += 1
        child = self.sudo().copy(
            {"name": f"{self.name}/{number}", "split_from_id": self.id, "ref": self.ref}
        )
        return child.with_env(self.env)

    def _move_part(self, quant, child, quantity, reason):
        """Book a part of this lot over to its child, through inventory and back."""
        place, company = quant.location_id, quant.company_id
        freed = self._free_for_split(quant, quantity)
        inventory = self.product_id.with_company(quant.company_id).property_stock_inventory
        # The split is on the ledger already, and rights to it were checked, as well as
        # to the stock it takes from. Splits have no other writer.
        Move = self.env["stock.move"].sudo().with_company(quant.company_id)
        moves = Move.create(
            [
                self._prepare_split_move(quant, self, quantity, reason, inventory),
                self._prepare_split_move(quant, child, quantity, reason, inventory),
            ]
        )
        moves._action_done()
        freed._action_assign()
        return (
            self.env["stock.lot.split"]
            .sudo()
            .create(
                {
                    "parent_lot_id": self.id,
                    "child_lot_id": child.id,
                    "product_id": self.product_id.id,
                    "company_id": company.id,
                    "quantity": quantity,
                    "location_id": place.id,
                    "out_line_id": moves[0].move_line_ids.id,
                    "in_line_id": moves[1].move_line_ids.id,
                    "reason": reason,
                    "user_id": self.env.uid,
                    "split_at": fields.Datetime.now(),
                }
            )
        )

    def _free_for_split(self, quant, quantity):
        """Take back reservations of what is booked over. Returns the moves concerned."""
        # Whoever reserved it; only where the user splits, see ``_find_quant_to_split``.
        moves = self.env["stock.move"].sudo()
        needed = quantity - (quant.quantity - quant.reserved_quantity)
        if quant.product_id.uom_id.compare(needed, 0) > 0:
            lines = self.env["stock.move.line"].sudo().search(
                [
                    ("lot_id", "=", self.id),
                    ("location_id", "=", quant.location_id.id),
                    ("state", "not in", ("done", "cancel")),
                ]
            )
            moves = lines.move_id
            moves.picked = False
            moves._do_unreserve()
        return moves

    @api.model
    def _prepare_split_move(self, quant, lot, quantity, reason, inventory):
        outward = lot == quant.lot_id
        source, target = quant.location_id, inventory
        if not outward:
            source, target = target, source
        common = {
            "product_id": quant.product_id.id,
            "location_id": source.id,
            "location_dest_id": target.id,
            "company_id": quant.company_id.id or self.env.company.id,
        }
        return {
            **common,
            "product_uom": quant.product_uom_id.id,
            "product_uom_qty": quantity,
            "inventory_name": self.env._(
                "Split of lot %(lot)s: %(reason)s", lot=quant.lot_id.name, reason=reason
            ),
            "is_inventory": True,
            "state": "confirmed",
            "picked": True,
            "move_line_ids": [
                Command.create(
                    {
                        **common,
                        "product_uom_id": quant.product_uom_id.id,
                        "quantity": quantity,
                        "lot_id": lot.id,
                        "package_id": quant.package_id.id if outward else False,
                        "result_package_id": False if outward else quant.package_id.id,
                        "owner_id": quant.owner_id.id,
                    }
                )
            ],
        }

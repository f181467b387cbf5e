from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _update_reserved_quantity_vals(
        self,
        need,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=True,
    ):
        """Reserve only what the disposition allows this move to use.

        The one place that stock and chained moves both pass.
        """
        return super(
            StockMove, self._with_disposition_scope(location_id)
        )._update_reserved_quantity_vals(
            need,
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
        )

    def _set_quantity_done_prepare_vals(self, qty):
        """A typed quantity is filled up with what may be used."""
        return super(
            StockMove, self._with_disposition_scope()
        )._set_quantity_done_prepare_vals(qty)

    def _with_disposition_scope(self, location=None):
        self.ensure_one()
        use = self._get_lot_use(location)
        scope = self.env["lot.disposition.permit"]._prepare_scope(self, use)
        return self.with_context(lot_disposition_scope=scope)

    def _get_lot_use(self, location=None):
        """Return the use this move makes of its goods, see ``lib.decision.Use``."""
        self.ensure_one()
        return (location or self.location_id)._get_lot_use(
            self.location_dest_id, scrap=bool(self.scrap_id)
        )

    # What a permit may be limited to ---------------------------------------

    def _get_served_orders(self):
        """Hook: return the documents this move works for, as ``model,id`` strings."""
        return {f"stock.picking,{picking.id}" for picking in self.picking_id}

    def _get_served_partners(self):
        """Hook: return the customers this move works for: whom the document names."""
        self.ensure_one()
        partner = self.picking_id.partner_id or self.partner_id
        return partner.commercial_partner_id

    def _get_made_products(self):
        """Hook: return the products that this move's goods go into."""
        return self.env["product.product"]

    # Whom a hold concerns ----------------------------------------------------

    def _get_disposition_document(self):
        """Hook: return the document where people look after this move; may be empty."""
        self.ensure_one()
        return self.picking_id

    def _get_downstream_moves(self):
        """Hook: return the moves that wait for what this one brings or makes."""
        return self.move_dest_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )

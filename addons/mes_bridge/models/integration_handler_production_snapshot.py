from odoo import models

from odoo.addons.integration_core.lib.reconciliation import Figure
from odoo.addons.integration_core.lib.results import HandlerResult


class ProductionSnapshotHandler(models.AbstractModel):
    """Takes what the MES counted by order; the comparison is left to the night."""

    _name = "integration.handler.production.snapshot"
    _inherit = "integration.handler.production"
    _description = "Production snapshot handler"

    def _handle(self, message):
        payload = message._get_payload()
        domain = self.env.ref("mes_bridge.reconciliation_domain_production")
        Run = self.env["integration.reconciliation"]
        known = Run.search(
            [
                ("domain_id", "=", domain.id),
                ("system_id", "=", message.system_id.id),
                ("snapshot_ref", "=", payload["snapshot_id"]),
            ],
            limit=1,
        )
        if known:
            return HandlerResult(
                record=known,
                outcome="ignored",
                summary=self.env._(
                    "Snapshot %s is on record already.", known.snapshot_ref
                ),
            )
        # Which plants a system speaks for decides for its user too.
        plants = message.system_id.sudo().warehouse_ids
        figures = self._read_figures(message, payload["orders"])
        run = Run.create(
            {
                "snapshot_ref": payload["snapshot_id"],
                "domain_id": domain.id,
                "system_id": message.system_id.id,
                "message_id": message.id,
                "as_of": self._get_moment(payload["as_of"]),
                "mes_since": self._get_moment(payload["since"]),
                "scope": ", ".join(sorted(plants.mapped("code"))) or "production",
                "warehouse_ids": plants.ids,
            }
        )
        run._add_figures(figures)
        return HandlerResult(
            record=run,
            summary=self.env._("%s figures, to be reconciled by night.", len(figures)),
        )

    def _read_figures(self, message, entries):
        """Translate all orders, with a handful of queries for any number of them."""
        orders = self._find_orders(message, entries)
        lines = [line for entry in entries for line in self._get_lines(entry)]
        items = self._resolve_many(message, "item", {line["item"] for line in lines})
        codes = {line["unit"] for line in lines} | {entry["unit"] for entry in entries}
        units = self._resolve_many(message, "unit", codes)
        products = {
            code: self.env["product.product"].browse(mapping.res_id)
            for code, mapping in items.items()
        }
        lots = self._find_named_lots(message, products, lines)
        figures = []
        for entry in entries:
            order = orders[entry["order"]]
            if not order:
                # Theirs, and not ours: that is what a comparison is for.
                figures.append(Figure((0,), 1, f"unknown order {entry['order']}"))
                continue
            unit = units[entry["unit"]]
            self._check_unit(order.product_id, unit)
            good = self._convert(order.product_id, entry["good_quantity"], unit)
            figures.append(Figure((order.id, order.product_id.id), good, "good"))
            figures.append(Figure((order.id,), 1, "order"))
            for kind in ("consumed", "scrapped"):
                for line in entry.get(kind, ()):
                    measure = kind
                    product = products[line["item"]]
                    self._check_unit(product, units[line["unit"]])
                    lot = lots.get((product.id, line.get("lot")))
                    if product.tracking != "none" and line.get("lot") and not lot:
                        measure = f"{measure}, unknown lot {line['lot']}"
                    quantity = self._convert(
                        product, line["quantity"], units[line["unit"]]
                    )
                    keys = (order.id, product.id, lot.id if lot else 0)
                    figures.append(Figure(keys, quantity, measure))
        return figures

    def _get_lines(self, entry):
        return [*entry.get("consumed", ()), *entry.get("scrapped", ())]

    def _find_orders(self, message, entries):
        found = self.env["mes.order"].search(
            [
                ("company_id", "=", message.company_id.id),
                ("name", "in", [entry["order"] for entry in entries]),
            ]
        )
        plants = message.system_id.sudo().warehouse_ids
        orders = {o.name: o for o in found if o._is_made_at(plants)}
        for entry in entries:
            name = entry["order"]
            if name in orders:
                continue
            orders[name] = self.env["mes.order"]._find(name, message.company_id, plants)
        return orders

    def _find_named_lots(self, message, products, lines):
        wanted = {
            (products[line["item"]], line["lot"])
            for line in lines
            if line.get("lot") and products[line["item"]].tracking != "none"
        }
        return self._find_lots(message, wanted) if wanted else {}

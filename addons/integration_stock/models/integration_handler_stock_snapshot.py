from odoo import models

from odoo.addons.integration_core.lib.envelope import parse_moment
from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.reconciliation import Figure
from odoo.addons.integration_core.lib.results import HandlerResult


class StockSnapshotHandler(models.AbstractModel):
    """Takes what a warehouse system holds; the comparison is left to the night."""

    _name = "integration.handler.stock.snapshot"
    _inherit = "integration.handler"
    _description = "Stock snapshot handler"

    def _handle(self, message):
        known = self._find_run(message)
        if known:
            return HandlerResult(
                record=known,
                outcome="ignored",
                summary=self.env._(
                    "Snapshot %s is on record already.", known.snapshot_ref
                ),
            )
        plants = self._resolve_plants(message)
        # Of several plants nobody can tell whose codes these are.
        reader = self._at_plant(plants) if len(plants) == 1 else self
        figures = reader._read_figures(message, plants)
        run = self.env["integration.reconciliation"].create(
            self._prepare_run_vals(message, plants)
        )
        run._add_figures(figures)
        return HandlerResult(
            record=run,
            summary=self.env._("%s lines, to be reconciled by night.", len(figures)),
        )

    def _find_run(self, message):
        return self.env["integration.reconciliation"].search(
            [
                ("domain_id", "=", self._get_domain().id),
                ("system_id", "=", message.system_id.id),
                ("snapshot_ref", "=", message._get_payload()["snapshot_id"]),
            ],
            limit=1,
        )

    def _get_domain(self):
        return self.env.ref("integration_stock.reconciliation_domain_stock")

    def _prepare_run_vals(self, message, plants):
        as_of = parse_moment(message._get_payload()["as_of"])
        if not as_of:
            raise BusinessError(
                self.env._("'%s' is not a moment.", message._get_payload()["as_of"])
            )
        return {
            "snapshot_ref": message._get_payload()["snapshot_id"],
            "domain_id": self._get_domain().id,
            "system_id": message.system_id.id,
            "message_id": message.id,
            "as_of": as_of.replace(tzinfo=None, microsecond=0),
            "scope": ", ".join(sorted(plants.mapped("code"))),
            "warehouse_ids": plants.ids,
        }

    def _resolve_plants(self, message):
        """Return the plants the snapshot names, else all of the system's.

        :raises BusinessError: ``integration_stock.no_plant``
        """
        codes = message._get_payload().get("plants")
        if codes:
            mappings = self._resolve_many(message, "plant", set(codes)).values()
            return self.env["stock.warehouse"].browse({m.res_id for m in mappings})
        if not message.system_id.warehouse_ids:
            raise BusinessError(
                self.env._(
                    "The snapshot names no plant, and %s has none in its settings.",
                    message.system_id.name,
                ),
                kind="integration_stock.no_plant",
                fingerprint="no_plant",
            )
        return message.system_id.warehouse_ids

    def _read_figures(self, message, plants):
        """Translate all lines, with a handful of queries for any number of them."""
        lines = message._get_payload()["lines"]
        items = self._resolve_many(message, "item", {line["item"] for line in lines})
        places = self._resolve_many(
            message, "location", {line["location"] for line in lines}
        )
        units = self._resolve_many(message, "unit", {line["unit"] for line in lines})
        self._check_locations(places, plants)
        products = {
            code: self.env["product.product"].browse(mapping.res_id)
            for code, mapping in items.items()
        }
        for item, unit in sorted({(line["item"], line["unit"]) for line in lines}):
            self._check_unit(products[item], units[unit])
        lots = self._resolve_lots(message, products)
        return [
            Figure(
                (
                    product.id,
                    lots.get((product.id, line.get("lot")), 0),
                    places[line["location"]].res_id,
                ),
                self._convert(product, line["quantity"], units[line["unit"]]),
            )
            for line in lines
            for product in [products[line["item"]]]
        ]

    def _resolve_lots(self, message, products):
        """Return ``{(product id, code): lot id}`` of the products tracked by lot."""
        wanted = {
            (products[line["item"]], line["lot"])
            for line in message._get_payload()["lines"]
            if line.get("lot") and products[line["item"]].tracking != "none"
        }
        found = self._find_lots(message, wanted) if wanted else {}
        for product, code in sorted(wanted, key=lambda pair: (pair[0].id, pair[1])):
            if (product.id, code) not in found:
                self._raise_unknown_lot(product, code)
        return {key: lot.id for key, lot in found.items()}

    def _check_locations(self, mappings, plants):
        """A place outside of the plants would differ every night for no reason.

        :raises BusinessError: ``integration_stock.location_outside_plant``
        """
        for code, mapping in mappings.items():
            location = self.env["stock.location"].browse(mapping.res_id)
            if location.usage == "internal" and location.warehouse_id in plants:
                continue
            raise BusinessError(
                self.env._(
                    "The location '%(code)s' stands for %(location)s, which is not a "
                    "stock location of %(plants)s.",
                    code=code,
                    location=location.display_name,
                    plants=", ".join(plants.mapped("name")),
                ),
                kind="integration_stock.location_outside_plant",
                fingerprint=f"{location.id}:{sorted(plants.ids)}",
            )

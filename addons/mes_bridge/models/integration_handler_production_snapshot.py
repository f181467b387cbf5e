from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.reconciliation import Figure
from odoo.addons.integration_core.lib.results import HandlerResult
from odoo.addons.integration_stock.models.integration_handler import QUANTITY_MAX


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
        figures, problems = self._read_figures(message)
        run = Run.create(
            {
                "snapshot_ref": payload["snapshot_id"],
                "domain_id": domain.id,
                "system_id": message.system_id.id,
                "message_id": message.id,
                "as_of": self._get_moment(payload["as_of"]),
                "mes_since": self._get_moment(payload["since"]),
                "mes_unread_count": len(problems),
                "scope": ", ".join(sorted(plants.mapped("code"))) or "production",
                "warehouse_ids": plants.ids,
            }
        )
        run._add_figures(figures)
        self._ask_about(message, problems)
        return HandlerResult(
            record=run,
            summary=self._describe_result(figures, problems),
            data={"unread": [error.text for error in problems]},
        )

    def _describe_result(self, figures, problems):
        if not problems:
            return self.env._("%s figures, to be reconciled by night.", len(figures))
        return self.env._(
            "%(figures)s figures, to be reconciled by night; %(codes)s codes could not "
            "be read and are asked about.",
            figures=len(figures),
            codes=len(problems),
        )

    def _ask_about(self, message, problems):
        """Open one exception per code that stands for nothing here, as reports would.

        No message waits for it: the others are compared, and the code is a difference
        until somebody maps it.
        """
        # Raising is the engine's; who brings a snapshot need not see exceptions.
        Exceptions = self.env["integration.exception"].sudo()
        for error in problems:
            Exceptions._raise_for(message.sudo().delivery_ids[:1], error)

    def _read_figures(self, message):
        """Translate all orders, with a handful of queries for any number of them.

        A line that cannot be read is a figure of its order by the sender's own codes and
        in its own unit: it differs from ours, so it shows, and holds nothing else up.

        :returns: ``(figures, [BusinessError], one per cause)``
        """
        entries = message._get_payload()["orders"]
        orders = self._find_orders(message, entries)
        reader = LineReader(self, message, entries)
        figures = []
        for entry in entries:
            order = orders[entry["order"]]
            if not order:
                # Theirs, and not ours: that is what a comparison is for.
                figures.append(Figure((0,), 1, f"unknown order {entry['order']}"))
                continue
            figures.append(Figure((order.id,), 1, "order"))
            figures.append(reader.read_good(order, entry))
            for kind in ("consumed", "scrapped"):
                figures += [
                    reader.read_line(order, kind, line) for line in entry.get(kind, ())
                ]
        return figures, list(reader.problems.values())

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

    def _find_readable(self, message, domain_code, codes):
        """Return ``{code: mapping}`` of the codes that stand for a record."""
        found = self.env["integration.mapping"]._find_many(
            message.system_id, domain_code, codes
        )
        return {code: mapping for code, mapping in found.items() if not mapping.is_broken}

    def _prepare_unread_error(self, message, domain_code, code):
        return self.env["integration.mapping"]._prepare_unmapped_error(
            message.system_id, domain_code, code
        )


class LineReader:
    """Reads the lines of one snapshot: everything is looked up once, in the beginning."""

    def __init__(self, handler, message, entries):
        self.handler, self.message = handler, message
        self.problems = {}
        lines = [
            line
            for entry in entries
            for line in (*entry.get("consumed", ()), *entry.get("scrapped", ()))
        ]
        items = handler._find_readable(message, "item", {line["item"] for line in lines})
        codes = {line["unit"] for line in (*lines, *entries)}
        self.units = handler._find_readable(message, "unit", codes)
        self.products = {
            code: handler.env["product.product"].browse(mapping.res_id)
            for code, mapping in items.items()
        }
        self.lots = self._find_lots(lines)

    def _find_lots(self, lines):
        wanted = {
            (product, line["lot"])
            for line in lines
            if line.get("lot")
            and (product := self.products.get(line["item"]))
            and product.tracking != "none"
        }
        return self.handler._find_lots(self.message, wanted) if wanted else {}

    def read_good(self, order, entry):
        """Return the figure of an order's good units."""
        product, quantity = order.product_id, entry["good_quantity"]
        try:
            measured = self._measure(product, quantity, entry["unit"])
        except BusinessError as error:
            return self._note(error, order, quantity, f"good, unread ({entry['unit']})")
        return Figure((order.id, product.id), measured, "good")

    def read_line(self, order, kind, line):
        """Return the figure of what was consumed or scrapped of one item and lot."""
        code, name = line["item"], line.get("lot")
        try:
            product = self._get_product(code)
            quantity = self._measure(product, line["quantity"], line["unit"])
        except BusinessError as error:
            unread = " ".join(filter(None, (code, name)))
            measure = f"{kind}, unread {unread} ({line['unit']})"
            return self._note(error, order, line["quantity"], measure)
        lot = self.lots.get((product.id, name))
        if product.tracking != "none" and name and not lot:
            kind = f"{kind}, unknown lot {name}"
        return Figure((order.id, product.id, lot.id if lot else 0), quantity, kind)

    def _note(self, error, order, quantity, measure):
        self.problems.setdefault((error.kind, error.fingerprint), error)
        told = max(-QUANTITY_MAX, min(quantity, QUANTITY_MAX))
        return Figure((order.id,), told, measure)

    def _get_product(self, code):
        if code not in self.products:
            raise self.handler._prepare_unread_error(self.message, "item", code)
        return self.products[code]

    def _measure(self, product, quantity, code):
        if code not in self.units:
            raise self.handler._prepare_unread_error(self.message, "unit", code)
        self.handler._check_unit(product, self.units[code])
        return self.handler._convert(product, quantity, self.units[code])

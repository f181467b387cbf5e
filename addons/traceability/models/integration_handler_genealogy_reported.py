from odoo import fields, models

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.results import HandlerResult


class GenealogyReportedHandler(models.AbstractModel):
    """Links and containers that another system reports join the genealogy.

    What Odoo knows is linked to its lots. What it does not know, a lot or an item,
    stands as an external node and is in nobody's way.
    """

    _name = "integration.handler.genealogy.reported"
    _inherit = "integration.handler"
    _description = "Reported genealogy handler"

    def _handle(self, message):
        payload = message._get_payload()
        production = self._find_production(message, payload.get("order"))
        vals_list = [
            self._prepare_link_vals(message, link, number, production)
            for number, link in enumerate(payload["links"], start=1)
        ]
        links = self.env["traceability.link"]._record(vals_list)
        external = (links.input_node_id | links.output_node_id).sorted("id")
        return HandlerResult(
            record=production or links[:1],
            summary=self.env._("%s links joined the genealogy.", len(links)),
            data={
                "links": [
                    {
                        "reference": link.name,
                        "input": link.input_vertex,
                        "output": link.output_vertex,
                    }
                    for link in links
                ],
                "unknown": external.mapped("name"),
            },
        )

    def _find_production(self, message, name):
        """:raises BusinessError: there is no such order."""
        if not name:
            return self.env["mrp.production"]
        production = self.env["mrp.production"].search(
            [("name", "=", name), ("company_id", "=", message.company_id.id)]
        )
        if not production:
            raise BusinessError(
                self.env._(
                    "There is no production order '%s'. Send it without the order, or "
                    "correct its name.",
                    name,
                ),
                kind="traceability.unknown_order",
                fingerprint=name,
            )
        return production

    def _prepare_link_vals(self, message, link, number, production):
        source = self._find_end(message, link["input"])
        target = self._find_end(message, link["output"])
        product = source["product"]
        quantity, unit = link.get("quantity", 0), product.uom_id
        if product and link.get("unit"):
            quantity = self._resolve_quantity(message, product, quantity, link["unit"])
        occurred_at = message.occurred_at or message.received_at
        return {
            "name": link.get("reference") or f"{message.event_id}#{number}",
            "system_id": message.system_id.id,
            "message_id": message.id,
            "production_id": production.id,
            "input_lot_id": source["lot"].id,
            "input_node_id": source["node"].id,
            "output_lot_id": target["lot"].id,
            "output_node_id": target["node"].id,
            "product_id": product.id,
            "quantity": quantity,
            "uom_id": unit.id,
            "occurred_at": fields.Datetime.to_datetime(occurred_at),
            "company_id": message.company_id.id,
        }

    def _find_end(self, message, end):
        """Return ``{"lot", "node", "product"}`` of ``{"item", "lot"}`` or a container."""
        none = {
            "lot": self.env["stock.lot"],
            "node": self.env["traceability.node"],
            "product": self.env["product.product"],
        }
        Node = self.env["traceability.node"]
        system, company = message.system_id, message.company_id
        if "container" in end:
            node = Node._get_container(system, company, end["container"])
            return {**none, "node": node}
        product = self._find_product(message, end["item"])
        if product:
            lots = self._find_lots(message, {(product, end["lot"])})
            if lot := lots.get((product.id, end["lot"])):
                return {**none, "lot": lot, "product": product}
        node = Node._get_external(system, company, end["lot"], end["item"], product)
        return {**none, "node": node, "product": product}

    def _find_product(self, message, code):
        """Return the product of a code, or none: what is unknown parks nothing."""
        mapping = self.env["integration.mapping"]._find(message.system_id, "item", code)
        return self.env["product.product"].browse(mapping.res_id if mapping else [])

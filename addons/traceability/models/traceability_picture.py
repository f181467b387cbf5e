from odoo import api, models
from odoo.tools import SQL

from ..lib.picture import Step, connect, group, lot_node, write_arrows

# Beyond it lots are drawn as groups: a browser and a reader could not bear them.
MAX_LOTS = 2000
COLUMNS = (
    "kind",
    "input_lot_id",
    "output_lot_id",
    "quantity",
    "confidence",
    "partner_id",
    "production_id",
    "picking_id",
)


class TraceabilityPicture(models.AbstractModel):
    """What the picture of a genealogy needs, in a handful of queries."""

    _name = "traceability.picture"
    _description = "Picture of a Genealogy"

    @api.model
    def _draw(self, lot):
        """Return everything that leads to a lot and away from it.

        :returns: ``{"root": node id, "nodes": […], "arrows": […], "grouped": bool,
            "count": lots}``; only what the user may see.
        """
        stages = self._find_stages(lot)
        lots = self.env["stock.lot"].search([("id", "in", list(stages))])
        stages = {number: stages[number] for number in lots.ids}
        steps = self._find_steps(lots)
        arrows = connect(steps, stages)
        root = lot_node(lot.id)
        grouped = len(lots) > MAX_LOTS
        nodes = self._prepare_lots(lots, stages)
        if grouped:
            nodes, arrows = group(nodes, arrows, root)
        written = write_arrows(arrows)
        nodes += self._prepare_borders(written)
        self._name_documents(written)
        return {
            "root": root,
            "nodes": nodes,
            "arrows": written,
            "grouped": grouped,
            "count": len(lots),
        }

    def _find_stages(self, lot):
        """Return ``{lot id: steps away}``, negative for what went into the lot."""
        Edge = self.env["traceability.edge"]
        stages = {}
        for direction, sign in (("backward", -1), ("forward", 1)):
            for lot_id, depth, _path in Edge._walk(lot, direction):
                stages.setdefault(lot_id, sign * depth)
        return stages

    def _find_steps(self, lots):
        """Read the edges at these lots as rows: there may be a hundred thousand."""
        Edge = self.env["traceability.edge"]
        Edge.flush_model()
        # By vertex: what the indexes of the walk know.
        query = Edge._search(
            [
                ("kind", "!=", "internal"),
                "|",
                ("input_vertex", "in", lots.ids),
                ("output_vertex", "in", lots.ids),
            ]
        )
        columns = [SQL.identifier(query.table, name) for name in COLUMNS]
        return [
            self._read_step(row)
            for row in self.env.execute_query(query.select(*columns))
        ]

    def _read_step(self, row):
        kind, source, target, quantity, confidence, partner, production, picking = row
        document = None
        if production:
            document = ("mrp.production", production)
        elif picking:
            document = ("stock.picking", picking)
        return Step(kind, source, target, quantity, confidence, partner or 0, document)

    def _prepare_lots(self, lots, stages):
        on_hand = dict(
            self.env["stock.quant"]._read_group(
                [("lot_id", "in", lots.ids), ("location_id.usage", "=", "internal")],
                ["lot_id"],
                ["quantity:sum"],
            )
        )
        return [
            {
                "id": lot_node(lot.id),
                "kind": "lot",
                "res_model": "stock.lot",
                "res_id": lot.id,
                "name": lot.name,
                "product": lot.product_id.display_name,
                "product_name": lot.product_id.name,
                "product_id": lot.product_id.id,
                "disposition": lot.disposition,
                "stage": stages[lot.id],
                "on_hand": on_hand.get(lot, 0.0),
                "unit": lot.product_uom_id.name,
            }
            for lot in lots
        ]

    def _prepare_borders(self, arrows):
        """Return the nodes of suppliers, customers and scrap."""
        found = {
            node
            for arrow in arrows
            for node in (arrow["from"], arrow["to"])
            if not node.startswith(("lot:", "group:"))
        }
        borders = sorted(node.partition(":")[::2] for node in found)
        # Whoever may see the move may see who it was with.
        partners = (
            self.env["res.partner"]
            .sudo()
            .browse({int(number) for _kind, number in borders if number != "0"})
        )
        names = {partner.id: partner.display_name for partner in partners.exists()}
        return [
            {
                "id": f"{kind}:{number}",
                "kind": kind,
                "res_model": "res.partner" if int(number) in names else False,
                "res_id": int(number),
                "name": names.get(int(number), False),
            }
            for kind, number in borders
        ]

    def _name_documents(self, arrows):
        """Put names beside the documents of arrows, a query for each model."""
        wanted = {}
        for arrow in arrows:
            for model, number in arrow["documents"]:
                wanted.setdefault(model, set()).add(number)
        names = {
            (model, record.id): record.name
            for model, numbers in wanted.items()
            for record in self.env[model].search([("id", "in", list(numbers))])
        }
        for arrow in arrows:
            arrow["documents"] = [
                {"model": model, "id": number, "name": names[model, number]}
                for model, number in arrow["documents"]
                if (model, number) in names
            ]

from odoo import api, models

from ..lib.picture import Step, connect, group, lot_node, write_arrows

# Beyond it lots are drawn as groups: a browser and a reader could not bear them.
MAX_LOTS = 2000


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
        stages, steps = self._trace(lot)
        lots = self.env["stock.lot"].search(
            [("id", "in", [v for v in stages if v > 0])]
        )
        batches = self.env["traceability.node"].search(
            [("id", "in", [-vertex for vertex in stages if vertex < 0])]
        )
        visible = {*lots.ids, *(-batch.id for batch in batches)}
        stages = {vertex: stages[vertex] for vertex in visible}
        arrows = connect(steps, stages)
        root = lot_node(lot.id)
        grouped = len(visible) > MAX_LOTS
        nodes = self._prepare_lots(lots, stages) + self._prepare_batches(
            batches, stages
        )
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
            "count": len(visible),
        }

    def _trace(self, lot):
        """Return ``({vertex: steps away}, steps)``; what went into the lot is negative."""
        stages, steps = {}, {}
        for direction, sign in (("backward", -1), ("forward", 1)):
            trace = self.env["traceability.edge"].trace(lot, direction)
            for vertex, reach in trace.reached.items():
                stages.setdefault(vertex, sign * reach.depth)
            for step in trace.steps:
                steps[step.edge_id] = self._read_step(step)
        return stages, steps.values()

    def _read_step(self, step):
        document = None
        if step.production_id:
            document = ("mrp.production", step.production_id)
        elif step.picking_id:
            document = ("stock.picking", step.picking_id)
        return Step(
            step.kind,
            step.input_vertex,
            step.output_vertex,
            step.quantity,
            step.confidence,
            step.partner_id or 0,
            document,
        )

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

    def _prepare_batches(self, batches, stages):
        """Return the nodes of what has no lot of ours, see ``traceability.node``."""
        return [
            {
                "id": lot_node(-batch.id),
                "kind": "lot",
                "res_model": batch._name,
                "res_id": batch.id,
                "name": batch.name,
                "product": batch.product_id.display_name or batch.item_code or "",
                "product_name": batch.product_id.name or batch.item_code or "",
                "product_id": batch.product_id.id,
                "disposition": batch.kind,
                "stage": stages[-batch.id],
                "on_hand": 0.0,
                "unit": batch.uom_id.name or "",
            }
            for batch in batches
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

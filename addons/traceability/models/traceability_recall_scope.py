from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..lib.containers import canonical_container

SCOPE = [
    ("lot", "A lot"),
    ("supplier_lot", "A supplier's lot number"),
    ("supplier", "A supplier, in a period"),
    ("receipt", "A receipt"),
    ("production", "A production order"),
    ("workcenter", "A work centre, in a period"),
    ("component", "A component, in a period"),
    ("serials", "A list of lots or serial numbers"),
]


class TraceabilityRecall(models.Model):
    """Where a recall starts."""

    _inherit = "traceability.recall"

    scope = fields.Selection(SCOPE, required=True, default="lot", tracking=True)
    lot_id = fields.Many2one(
        "stock.lot", string="Suspect lot", index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(related="lot_id.product_id")
    supplier_lot = fields.Char(string="Supplier's lot number")
    partner_id = fields.Many2one("res.partner", string="Supplier", ondelete="restrict")
    picking_id = fields.Many2one("stock.picking", string="Receipt", ondelete="restrict")
    production_id = fields.Many2one(
        "mrp.production", string="Production order", ondelete="restrict"
    )
    workcenter_id = fields.Many2one(
        "mrp.workcenter", string="Work centre", ondelete="restrict"
    )
    component_id = fields.Many2one("product.product", ondelete="restrict")
    date_from = fields.Datetime(string="From", help="Inclusive.")
    date_to = fields.Datetime(string="Until", help="Exclusive.")
    serials = fields.Text(
        string="Lots or serial numbers", help="One a line, or with commas between."
    )

    @api.depends("name", "scope", "lot_id")
    def _compute_display_name(self):
        for recall in self:
            subject = recall.lot_id.name if recall.scope == "lot" else False
            recall.display_name = (
                f"{recall.name} · {subject}" if subject else recall.name
            )

    def _find_starts(self):
        """Return the suspect lots and batches without lot that this recall starts from.

        :raises UserError: with a sentence, when there are none.
        """
        self.ensure_one()
        lots, nodes = getattr(self, f"_find_starts_of_{self.scope}")()
        if not lots and not nodes:
            raise UserError(
                self.env._(
                    "Nothing was found to start from. Check what is asked for, and the "
                    "period."
                )
            )
        return lots, nodes

    def _get_period(self, field):
        """Return the domain of the period on a field."""
        domain = []
        if self.date_from:
            domain.append((field, ">=", self.date_from))
        if self.date_to:
            domain.append((field, "<", self.date_to))
        return domain

    def _find_outputs(self, domain):
        """Return what the edges of a domain lead into, without reading the edges."""
        Edge = self.env["traceability.edge"]
        edges = Edge._search([*domain, ("company_id", "=", self.company_id.id)])
        vertex = Edge._field_to_sql(edges.table, "output_vertex", edges)
        rows = self.env.execute_query(edges.select(SQL("DISTINCT %s", vertex)))
        found = sorted(number for (number,) in rows if number)
        return (
            self.env["stock.lot"].browse([v for v in found if v > 0]),
            self.env["traceability.node"].browse([-v for v in found if v < 0]),
        )

    def _search_lots(self, domain):
        return self.env["stock.lot"].search(
            [*domain, ("company_id", "in", (self.company_id.id, False))]
        )

    def _find_starts_of_lot(self):
        return self.lot_id, self.env["traceability.node"]

    def _find_starts_of_supplier_lot(self):
        number = (self.supplier_lot or "").strip()
        lots = self._search_lots(
            [
                "|",
                "|",
                ("supplier_lot", "=", number),
                ("ref", "=", number),
                "&",
                ("supplier_lot", "=", False),
                ("name", "=", number),
            ]
        )
        if self.partner_id:
            received, _nodes = self._find_outputs(
                [
                    ("kind", "=", "receipt"),
                    ("output_vertex", "in", lots.ids),
                    (
                        "partner_id",
                        "child_of",
                        self.partner_id.commercial_partner_id.id,
                    ),
                ]
            )
            lots = received
        return lots, self._search_external([number])

    def _find_starts_of_supplier(self):
        """Return what a supplier delivered, and what it made for us as subcontractor."""
        return self._find_outputs(
            [
                ("kind", "in", ("receipt", "production")),
                ("partner_id", "child_of", self.partner_id.commercial_partner_id.ids),
                *self._get_period("occurred_at"),
            ]
        )

    def _find_starts_of_receipt(self):
        return self._find_outputs(
            [
                ("kind", "in", ("receipt", "customer_return")),
                ("picking_id", "=", self.picking_id.id),
            ]
        )

    def _find_starts_of_production(self):
        lots, nodes = self._find_outputs(
            [("production_id", "in", self.production_id.ids)]
        )
        return lots, nodes | self._find_batches(self.production_id)

    def _find_batches(self, productions):
        return self.env["traceability.node"].search(
            [("production_id", "in", productions.ids)]
        )

    def _find_starts_of_workcenter(self):
        """Return what orders made that a work centre worked on in the period."""
        times = self.env["mrp.workcenter.productivity"].search(
            [
                ("workcenter_id", "=", self.workcenter_id.id),
                *([("date_start", "<", self.date_to)] if self.date_to else []),
                *(
                    ["|", ("date_end", "=", False), ("date_end", ">=", self.date_from)]
                    if self.date_from
                    else []
                ),
            ]
        )
        orders = times.workorder_id | self.env["mrp.workorder"].search(
            [
                ("workcenter_id", "=", self.workcenter_id.id),
                ("state", "=", "done"),
                *self._get_period("date_finished"),
            ]
        )
        lots, nodes = self._find_outputs(
            [("production_id", "in", orders.production_id.ids)]
        )
        return lots, nodes | self._find_batches(orders.production_id)

    def _find_starts_of_component(self):
        """Return the component's lots of the period; without lots, its batches, and what
        it went into."""
        if self.component_id.tracking != "none":
            lots, nodes = self._find_outputs(
                [
                    ("kind", "in", ("receipt", "production", "adjustment")),
                    ("output_lot_id.product_id", "=", self.component_id.id),
                    *self._get_period("occurred_at"),
                ]
            )
            return lots, nodes
        moves = self.env["stock.move"].search(
            [
                ("product_id", "=", self.component_id.id),
                ("raw_material_production_id", "!=", False),
                ("state", "=", "done"),
                ("company_id", "=", self.company_id.id),
                *self._get_period("date"),
            ]
        )
        productions = moves.raw_material_production_id
        lots, nodes = self._find_outputs([("production_id", "in", productions.ids)])
        own = self.env["traceability.node"].search(
            [
                ("kind", "=", "untracked"),
                ("product_id", "=", self.component_id.id),
                ("company_id", "=", self.company_id.id),
                *self._get_period("occurred_at"),
            ]
        )
        return lots, nodes | self._find_batches(productions) | own

    def _find_starts_of_serials(self):
        """:raises UserError: names those that nobody knows."""
        names = [
            name.strip()
            for line in (self.serials or "").splitlines()
            for name in line.split(",")
            if name.strip()
        ]
        lots, nodes = self._search_named(names), self._search_external(names)
        known = {
            *lots.mapped("name"),
            *lots._get_former_names(),
            *nodes.mapped("name"),
        }
        unknown = {
            name
            for name in names
            if not known & {name, canonical_container(name) or name}
        }
        if unknown:
            raise UserError(
                self.env._("There is no lot %s.", ", ".join(sorted(unknown)[:10]))
            )
        return lots, nodes

    def _search_named(self, names):
        """Return lots by the numbers they have or once had, of one product if asked."""
        domain = [("name", "in", names)]
        former = self.env["stock.lot"]._find_by_former_names(names)
        if former:
            domain = ["|", *domain, ("id", "in", former.ids)]
        if self.component_id:
            domain = [("product_id", "=", self.component_id.id), *domain]
        return self._search_lots(domain)

    def _search_external(self, names):
        """Return lots and containers of others; what is a lot of ours now is not one."""
        containers = [canonical_container(name) for name in names]
        return self.env["traceability.node"].search(
            [
                ("kind", "=", "external"),
                ("lot_id", "=", False),
                ("name", "in", [*names, *filter(None, containers)]),
                ("company_id", "=", self.company_id.id),
            ]
        )

from odoo import api, fields, models
from odoo.exceptions import UserError

from .traceability_source_mixin import COLUMNS


class TraceabilityLink(models.Model):
    """What went into what, as somebody else reported it: MES, WMS, a repository.

    About lots of one production order, it makes the shares of that order exact.
    Anything else becomes an edge of its own, between lots of ours and lots or
    containers that only the other system knows.
    """

    _name = "traceability.link"
    _inherit = "traceability.source.mixin"
    _description = "Reported Genealogy"
    _order = "id desc"

    name = fields.Char(
        string="Reference", required=True, readonly=True, help="The sender's own."
    )
    system_id = fields.Many2one(
        "integration.system", readonly=True, index=True, ondelete="restrict"
    )
    message_id = fields.Many2one(
        "integration.message", readonly=True, ondelete="restrict"
    )
    production_id = fields.Many2one(
        "mrp.production", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    input_lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="restrict")
    output_lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="restrict")
    input_node_id = fields.Many2one(
        "traceability.node", readonly=True, ondelete="restrict"
    )
    output_node_id = fields.Many2one(
        "traceability.node", readonly=True, ondelete="restrict"
    )
    input_vertex = fields.Integer(compute="_compute_vertices", store=True)
    output_vertex = fields.Integer(compute="_compute_vertices", store=True)
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    quantity = fields.Float(readonly=True, digits="Product Unit")
    uom_id = fields.Many2one("uom.uom", readonly=True, ondelete="restrict")
    occurred_at = fields.Datetime(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)

    _reference_once = models.UniqueIndex(
        "(system_id, company_id, name) WHERE system_id IS NOT NULL"
    )

    @api.depends("input_lot_id", "output_lot_id", "input_node_id", "output_node_id")
    def _compute_vertices(self):
        for link in self:
            link.input_vertex = link.input_lot_id.id or -link.input_node_id.id
            link.output_vertex = link.output_lot_id.id or -link.output_node_id.id

    @api.model
    def _record(self, vals_list):
        """Keep reported links and write what follows from them; the same again is none.

        :param vals_list: values of the fields; ``name`` is the sender's reference.
        :returns: the links, those that were on record already too.
        """
        links = self.browse()
        for vals in vals_list:
            # Nobody writes reported links by hand; callers found the lots with the rights
            # of the sender, or of whoever may write the order.
            links |= self._find_same(vals) or self.sudo().create(vals)
        links._write_genealogy()
        links.production_id._write_genealogy()
        links.production_id._retell_ledger()
        return links

    @api.model
    def _replace_node(self, node, lot):
        """Let links name a lot of ours where they named an external node."""
        # What others reported is the company's, whoever receives the lot.
        links = self.sudo()
        for end in ("input", "output"):
            own = self.sudo().search([(f"{end}_node_id", "=", node.id)])
            own.write({f"{end}_lot_id": lot.id, f"{end}_node_id": False})
            links |= own
        for link in links.filtered(lambda link: not link.product_id):
            if link.input_lot_id == lot:
                link.write(
                    {"product_id": lot.product_id.id, "uom_id": lot.product_uom_id.id}
                )
        links._write_genealogy()
        links.production_id._write_genealogy()
        links.production_id._retell_ledger()

    @api.model
    def _find_same(self, vals):
        key = ("system_id", "company_id", "name")
        if not vals.get("system_id"):
            key = ("system_id", "production_id", "name")
        # What was reported is the company's, whoever reports it again.
        return self.sudo().search([(name, "=", vals.get(name, False)) for name in key])

    def _is_of_its_order(self):
        self.ensure_one()
        order = self.production_id
        raw = order.move_raw_ids.move_line_ids.lot_id
        made = order.move_finished_ids.move_line_ids.lot_id | order.lot_producing_ids
        return bool(
            order
            and self.output_lot_id <= made
            and self.output_lot_id
            and self.input_lot_id
            and (self.input_lot_id <= raw or order.state not in ("done", "cancel"))
        )

    @api.model
    def _find_of_production(self, productions):
        # The order's own detail: whoever may post it, posts with all of it.
        return self.sudo().search(
            [
                ("production_id", "in", productions.ids),
                ("input_lot_id", "!=", False),
                ("output_lot_id", "!=", False),
            ]
        )

    @api.model
    def _record_of_production(self, production, links):
        """See ``mrp.production.report_genealogy``."""
        vals_list = {}
        for link in links:
            component = self._find_lot(
                production,
                production.move_raw_ids.product_id,
                link["component_lot"],
                link.get("component"),
            )
            made = production.move_finished_ids.product_id
            lot = self._find_lot(production, made, link["lot"])
            # Without a reference, the same two lots again are the same link.
            name = link.get("reference") or f"{component.id} → {lot.id}"
            if name in vals_list:
                vals_list[name]["quantity"] += link["quantity"]
                continue
            vals_list[name] = {
                "name": name,
                "production_id": production.id,
                "input_lot_id": component.id,
                "output_lot_id": lot.id,
                "product_id": component.product_id.id,
                "quantity": link["quantity"],
                "uom_id": component.product_uom_id.id,
                "occurred_at": fields.Datetime.now(),
                "company_id": production.company_id.id,
            }
        links = self._record(list(vals_list.values()))
        for link in links:  # said again, it counts as it was said last
            link.sudo().quantity = vals_list[link.name]["quantity"]
        production._write_genealogy()
        production._retell_ledger()
        return links

    @api.model
    def _find_lot(self, production, products, name, code=None):
        if code:
            products = products.filtered(lambda product: product.default_code == code)
        lot = self.env["stock.lot"].search(
            [
                ("product_id", "in", products.ids),
                ("name", "=", name),
                ("company_id", "in", (production.company_id.id, False)),
            ],
            limit=2,
        )
        if len(lot) == 1:
            return lot
        if lot:
            raise UserError(
                self.env._(
                    "Two components have a lot '%s': say which component is meant.",
                    name,
                )
            )
        raise UserError(
            self.env._(
                "There is no lot '%(lot)s' of %(products)s. Report the lots of this "
                "order's components and products.",
                lot=name,
                products=", ".join(products.mapped("display_name")) or "?",
            )
        )

    # As a source of edges --------------------------------------------------

    def _prepare_edge_rows(self):
        self.ensure_one()
        if self._is_of_its_order():
            return []  # the order writes the edges of its own lots
        values = {
            "kind": "reported",
            **self._prepare_end("input", self.input_vertex),
            **self._prepare_end("output", self.output_vertex),
            "product_id": self.product_id.id or None,
            "uom_id": self.uom_id.id or None,
            "quantity": self.quantity,
            "confidence": "exact",
            "partner_id": None,
            "move_id": None,
            "production_id": self.production_id.id or None,
            "reference": f"{self.system_id.name or ''} {self.name}".strip(),
            "occurred_at": self.occurred_at,
            "company_id": self.company_id.id,
        }
        return [tuple(values[column] for column in COLUMNS)]

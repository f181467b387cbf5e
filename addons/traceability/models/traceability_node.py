from odoo import api, fields, models

from ..lib.allocation import NOISE, draw
from ..lib.containers import canonical_container
from . import traceability_pool_queries as queries


class TraceabilityNode(models.Model):
    """A batch that is no lot of ours: made without a lot, or known to others only.

    *Untracked*: what one production made of a product without lots. Until it is used
    up, whatever is taken of that product may come from it.
    *Owed*: taken before it was posted as made; the next batches pay it back.
    *External*: a lot of another system, reported by it.
    """

    _name = "traceability.node"
    _description = "Batch without Lot"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    kind = fields.Selection(
        [
            ("untracked", "Without lot"),
            ("owed", "Taken before it was made"),
            ("external", "External lot"),
        ],
        required=True,
        readonly=True,
    )
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    item_code = fields.Char(readonly=True, help="The item as the other system says.")
    system_id = fields.Many2one(
        "integration.system", readonly=True, ondelete="restrict"
    )
    lot_id = fields.Many2one(
        "stock.lot",
        string="Is now",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Our lot that took the place of an external one when it came.",
    )
    quantity = fields.Float(readonly=True, digits="Product Unit")
    uom_id = fields.Many2one("uom.uom", readonly=True, ondelete="restrict")
    move_line_id = fields.Many2one(
        "stock.move.line", readonly=True, ondelete="restrict"
    )
    production_id = fields.Many2one(
        "mrp.production", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    is_used_up = fields.Boolean(readonly=True)
    occurred_at = fields.Datetime(readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)

    _line_once = models.UniqueIndex(
        "(move_line_id, kind) WHERE move_line_id IS NOT NULL"
    )
    _external_once = models.UniqueIndex(
        "(COALESCE(system_id, 0), company_id, COALESCE(item_code, ''), name)"
        " WHERE kind = 'external'"
    )
    _external_name_index = models.Index("(name) WHERE kind = 'external'")
    _open_index = models.Index(
        "(product_id, company_id) WHERE kind <> 'external' AND is_used_up IS NOT TRUE"
    )

    # The pool of stock without lots ---------------------------------------

    @api.model
    def _update_pool(self, lines):
        """Follow stock without lots through finished move lines, oldest first.

        What a production makes becomes a batch; what leaves is drawn from the batches
        that can be in stock. A line that was followed before is only brought up to date.

        :param lines: ``stock.move.line``, done, none of them with a lot.
        """
        if not lines:
            return
        products = queries.find_pooled_products(self.env, lines.product_id.ids)
        lines = lines.filtered(
            lambda line: line.product_id.id in products or line.move_id.production_id
        )
        if not lines:
            return
        known = set(queries.find_followed_lines(self.env, lines.ids))
        for line in lines.sorted("id"):
            if line.id in known:
                self._correct_line(line)
            elif line._makes_batch():
                self._put(line)
            elif line._leaves_pool():
                self._take(line)
            elif line._comes_back():
                self._put_back(line)

    @api.model
    def _put(self, line):
        """Write what a line made as a batch, and pay back what was taken before."""
        # As with edges: nobody writes batches by hand. The move does, whoever makes it,
        # and only those of its own product and company.
        node = self.sudo().create(self._prepare_batch_vals(line))
        self._settle(node)
        return node

    @api.model
    def _prepare_batch_vals(self, line):
        move = line.move_id
        return {
            "kind": "untracked",
            "name": move.reference or line.product_id.display_name,
            "product_id": line.product_id.id,
            "quantity": line.quantity_product_uom,
            "uom_id": line.product_id.uom_id.id,
            "move_line_id": line.id,
            "production_id": move.production_id.id,
            "occurred_at": line.date,
            "company_id": line.company_id.id,
        }

    def _settle(self, node):
        """Let a new batch stand for what was taken before it was posted."""
        left = node.quantity
        for owed_id, missing in queries.find_open(
            self.env, node.product_id.id, node.company_id.id, kind="owed"
        ):
            part = min(missing, left)
            if part <= 0:
                break
            owed = self.sudo().browse(owed_id)  # see _put
            left -= part
            queries.add_draws(self.env, [(None, node.id, owed_id, part)])
            self.env["traceability.edge"]._store_settlement(node, owed, part)
            if missing - part <= missing * NOISE:
                owed.is_used_up = True
        if left <= node.quantity * NOISE:
            node.is_used_up = True

    @api.model
    def _take(self, line):
        """Draw what a line took, first from the orders that it was made for."""
        quantity = line.quantity_product_uom
        batches = queries.find_open(self.env, line.product_id.id, line.company_id.id)
        chained = line._find_chained_productions()
        own = queries.find_nodes_of(self.env, chained) if chained else set()
        first = [batch for batch in batches if batch[0] in own]
        others = [batch for batch in batches if batch[0] not in own]
        draws, missing = draw(first, quantity)
        more, missing = draw(others, missing)
        taken = [(line.id, batch, None, part) for batch, part in draws + more]
        queries.add_draws(self.env, taken)
        self._close_used_up(batches, draws + more)
        if missing > quantity * NOISE:
            self._owe(line, missing)

    @api.model
    def _owe(self, line, missing):
        """Note what was taken of stock that is not there yet, if that is what happened."""
        balance = queries.get_balance(self.env, line)
        owed = min(missing, -balance)
        if owed <= missing * NOISE:
            return  # stock from before the genealogy began
        vals = self._prepare_batch_vals(line)
        # See _put.
        node = self.sudo().create(
            dict(vals, kind="owed", quantity=owed, production_id=False)
        )
        queries.add_draws(self.env, [(line.id, node.id, None, owed)])

    @api.model
    def _put_back(self, line):
        """Give a return back to the batches that the delivery was drawn from."""
        origin = line.move_id.origin_returned_move_id
        parts = queries.find_draws(self.env, origin.move_line_ids.ids)
        total = sum(part for _node, part in parts)
        if total <= 0:
            return
        share = min(1.0, line.quantity_product_uom / total)
        queries.add_draws(
            self.env, [(line.id, node, None, -part * share) for node, part in parts]
        )
        # See _put: these are the batches that the delivery was drawn from.
        self.sudo().browse([node for node, _part in parts]).is_used_up = False

    @api.model
    def _correct_line(self, line):
        """Bring a batch or its draws up to the quantity a finished line has now."""
        # See _put: the batch that this line made.
        node = self.sudo().search(
            [("move_line_id", "=", line.id), ("kind", "=", "untracked")]
        )
        if node:
            if node.product_id.uom_id.compare(node.quantity, line.quantity_product_uom):
                node.write({"quantity": line.quantity_product_uom, "is_used_up": False})
            return
        queries.scale_draws(self.env, line.id, line.quantity_product_uom)

    @api.model
    def _close_used_up(self, batches, draws):
        """Close batches of which less is left than the unit can say."""
        left = dict(batches)
        for batch, part in draws:
            left[batch] -= part
        # See _put.
        nodes = self.sudo().browse([batch for batch, _part in draws])
        nodes.filtered(
            lambda node: left[node.id] < (node.uom_id.rounding or NOISE) / 2
        ).is_used_up = True

    @api.model
    def _get_draws(self, lines):
        """Return ``{move line id: [(node id, quantity)]}``."""
        found = {}
        for line_id, node_id, quantity in queries.find_draws_by_line(
            self.env, lines.ids
        ):
            found.setdefault(line_id, []).append((node_id, quantity))
        return found

    @api.model
    def _get_batches(self, lines):
        """Return ``{move line id: id of the node it made}``."""
        if not lines:
            return {}
        # The genealogy is the company's, whoever posts the order.
        nodes = self.sudo().search(
            [("move_line_id", "in", lines.ids), ("kind", "=", "untracked")]
        )
        return {node.move_line_id.id: node.id for node in nodes}

    # External lots --------------------------------------------------------

    @api.model
    def _get_external(self, system, company, name, item_code=None, product=None):
        """Return the node of a lot that only another system knows; made if need be.

        :param system: none, where the name means the same whoever says it.
        """
        node_id = queries.get_external(
            self.env,
            {
                "name": name,
                "item_code": item_code,
                "system_id": system.id,
                "company_id": company.id,
                "product_id": product.id if product else None,
                "uom_id": product.uom_id.id if product else None,
            },
        )
        return self.browse(node_id)

    @api.model
    def _get_container(self, system, company, name):
        """Return the node of a container; an SSCC means the same whoever says it."""
        sscc = canonical_container(name)
        if sscc:
            return self._get_external(system.browse(), company, sscc)
        return self._get_external(system, company, name)

    def _is_of_item_of(self, lot):
        """Tell whether an external lot is of the company and the item of a lot of ours."""
        self.ensure_one()
        if lot.company_id and lot.company_id != self.company_id:
            return False
        if self.product_id or not self.system_id or not self.item_code:
            return self.product_id == lot.product_id
        # The sender's code may have been mapped since; reading it grants nothing.
        mapping = self.env["integration.mapping"].sudo()
        mapping = mapping._find(self.system_id, "item", self.item_code)
        return bool(mapping) and mapping.res_id == lot.product_id.id

    def _become(self, lot):
        """Let a lot of ours take the place of an external one, in links and edges."""
        self.lot_id = lot
        self.env["traceability.link"]._replace_node(self, lot)

    @api.depends("name", "kind", "product_id")
    def _compute_display_name(self):
        for node in self.sudo():  # who may read the batch may read its product's name
            item = node.product_id.name or node.item_code
            node.display_name = f"{item} ({node.name})" if item else node.name

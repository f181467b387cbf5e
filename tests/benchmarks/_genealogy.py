"""A generated genealogy: move lines and edges of a plant with six levels, by SQL.

A block has ``WIDTH`` lots a level; a lot is made of three to five lots of the level
below, so lots are shared. The first raw lot is the hub: it also goes into one order of
every second block, and the next one, the branch, into one of every twentieth. Finished
lots are shipped. A block is the same at every size, so the closure of an ordinary lot
does not grow with the table. Raw lots of a place come from the same supplier, block after
block over a year.
"""

from contextlib import contextmanager

WIDTH = 20
LEVELS = 5  # above the raw lots
LINES_PER_BLOCK = WIDTH * (1 + LEVELS * 5 + 1)
DAYS = 364  # over which raw lots were received

TABLES = [
    "stock_lot",
    "mrp_production",
    "stock_picking",
    "stock_move",
    "stock_move_line",
    "stock_quant",
    "traceability_edge",
]

# Lot ids: base + block * (LEVELS + 1) * WIDTH + level * WIDTH + place.
PREPARE = """
CREATE TEMP TABLE place AS
SELECT (SELECT id FROM stock_location WHERE usage = 'supplier' LIMIT 1) AS supplier,
       (SELECT id FROM stock_location WHERE usage = 'customer' LIMIT 1) AS customer,
       (SELECT id FROM stock_location WHERE usage = 'production' LIMIT 1) AS production,
       (SELECT lot_stock_id FROM stock_warehouse ORDER BY id LIMIT 1) AS stock,
       (SELECT company_id FROM stock_warehouse ORDER BY id LIMIT 1) AS company,
       (SELECT in_type_id FROM stock_warehouse ORDER BY id LIMIT 1) AS in_type,
       (SELECT out_type_id FROM stock_warehouse ORDER BY id LIMIT 1) AS out_type,
       (SELECT manu_type_id FROM stock_warehouse ORDER BY id LIMIT 1) AS make_type,
       (SELECT COALESCE(max(id), 0) FROM stock_lot) AS lot_base,
       (SELECT COALESCE(max(id), 0) FROM mrp_production) AS order_base,
       (SELECT COALESCE(max(id), 0) FROM stock_picking) AS picking_base,
       (SELECT COALESCE(max(id), 0) FROM stock_move) AS move_base,
       (SELECT COALESCE(max(id), 0) FROM stock_move_line) AS line_base;

CREATE TEMP TABLE node AS
SELECT place.lot_base + 1 + (block * %(levels)s + level) * %(width)s + place_no AS lot_id,
       block, level, place_no, (%(products)s)[level + 1] AS product_id
  FROM place, generate_series(0, %(blocks)s - 1) block,
       generate_series(0, %(levels)s - 1) level,
       generate_series(0, %(width)s - 1) place_no;

INSERT INTO stock_lot (id, name, product_id, company_id, disposition, create_date)
SELECT lot_id, 'LOT-' || lot_id, product_id, company, 'released', now()
  FROM node, place;

-- What goes into the order of each lot above the raw ones; distinct by the primes.
CREATE TEMP TABLE part AS
SELECT DISTINCT ON (node.lot_id, source)
       node.lot_id AS output_lot_id, node.level, node.block,
       node.lot_id - node.place_no - %(width)s + source AS input_lot_id,
       (%(products)s)[node.level] AS product_id
  FROM node, generate_series(0, 2 + node.lot_id %% 3) way,
       LATERAL (SELECT (node.place_no * 7 + way * (3 + node.block %% 5)) %% %(width)s AS source) s
 WHERE node.level > 0;
INSERT INTO part
SELECT node.lot_id, 1, node.block, place.lot_base + 1 + place_no, (%(products)s)[1]
  FROM node, place
 WHERE node.level = 1 AND (node.place_no = 0 AND node.block %% 2 = 1
                           OR node.place_no = 1 AND node.block %% 20 = 1);

CREATE TEMP TABLE movement AS
SELECT row_number() OVER () AS number, step.*
  FROM (SELECT 'receipt' AS kind, lot_id, product_id, NULL::int AS order_lot, 100.0 AS quantity,
               (%(suppliers)s)[1 + place_no] AS supplier_id,
               now() - (block %% %(days)s) * interval '1 day' AS moved_at
          FROM node WHERE level = 0
         UNION ALL
        SELECT 'consumption', input_lot_id, product_id, output_lot_id, 2.0, NULL, now()
          FROM part
         UNION ALL
        SELECT 'made', lot_id, product_id, lot_id, 10.0, NULL, now() FROM node
         WHERE level > 0
         UNION ALL
        SELECT 'shipment', lot_id, product_id, NULL, 5.0, NULL, now() FROM node
         WHERE level = %(levels)s - 1) step;
"""

CORE = """
INSERT INTO mrp_production (id, name, product_id, product_qty, product_uom_id, company_id,
       state, picking_type_id, location_src_id, location_dest_id, consumption, date_start,
       qty_producing)
SELECT place.order_base + lot_id - place.lot_base, 'GEN/MO/' || lot_id, product_id, 10,
       %(uom)s, company, 'done', make_type, stock, stock, 'flexible', now(), 10
  FROM node, place WHERE level > 0;

INSERT INTO stock_picking (id, name, picking_type_id, location_id, location_dest_id,
       company_id, state, move_type, partner_id, date_done)
SELECT place.picking_base + number, 'GEN/OUT/' || number, out_type, stock, customer,
       company, 'done', 'direct', (%(customers)s)[1 + number %% array_length(%(customers)s, 1)],
       now()
  FROM movement, place WHERE kind = 'shipment';

INSERT INTO stock_move (id, product_id, product_uom, product_uom_qty, product_qty, quantity,
       company_id, state, location_id, location_dest_id, procure_method, date, reference,
       raw_material_production_id, production_id, picking_id, picking_type_id, partner_id)
SELECT place.move_base + number, product_id, %(uom)s, quantity, quantity, quantity, company,
       'done',
       CASE kind WHEN 'receipt' THEN supplier WHEN 'made' THEN production ELSE stock END,
       CASE kind WHEN 'consumption' THEN production WHEN 'shipment' THEN customer
                 ELSE stock END,
       'make_to_stock', moved_at, 'GEN/' || number,
       CASE kind WHEN 'consumption' THEN order_base + order_lot - lot_base END,
       CASE kind WHEN 'made' THEN order_base + order_lot - lot_base END,
       CASE kind WHEN 'shipment' THEN picking_base + number END,
       CASE kind WHEN 'receipt' THEN in_type WHEN 'shipment' THEN out_type ELSE make_type END,
       supplier_id
  FROM movement, place;

INSERT INTO stock_move_line (id, move_id, product_id, product_uom_id, quantity,
       quantity_product_uom, picked, company_id, state, lot_id, location_id,
       location_dest_id, date, picking_id)
SELECT place.line_base + number, move.id, move.product_id, %(uom)s, move.quantity,
       move.quantity, TRUE, move.company_id, 'done', movement.lot_id, move.location_id,
       move.location_dest_id, moved_at, move.picking_id
  FROM movement, place, stock_move move WHERE move.id = place.move_base + number;

INSERT INTO stock_quant (product_id, company_id, location_id, lot_id, quantity,
       reserved_quantity, in_date)
SELECT product_id, company, stock, lot_id, 5, 0, now() FROM node, place;

SELECT setval(pg_get_serial_sequence(name, 'id'), 1 + (SELECT max(id) FROM stock_move_line)
              + (SELECT max(id) FROM stock_lot))
  FROM unnest(ARRAY['stock_lot', 'mrp_production', 'stock_picking', 'stock_move',
                    'stock_move_line']) name;
"""

# What core's own report walks on; only where core is asked.
LINKS = """
INSERT INTO stock_move_line_consume_rel (consume_line_id, produce_line_id)
SELECT made.number + line_base, used.number + line_base
  FROM movement made
  JOIN movement used ON used.order_lot = made.order_lot AND used.kind = 'consumption', place
 WHERE made.kind = 'made';
"""

EDGES = """
INSERT INTO traceability_edge (kind, input_lot_id, input_vertex, output_lot_id, output_vertex,
       product_id, uom_id, quantity, confidence, move_id, production_id, reference,
       occurred_at, company_id, res_model, res_id)
SELECT 'production', lot_id, lot_id, order_lot, order_lot, product_id, %(uom)s, quantity,
       'exact', move_base + number, order_base + order_lot - lot_base, 'GEN/MO/' || order_lot,
       now(), company, 'mrp.production', order_base + order_lot - lot_base
  FROM movement, place WHERE kind = 'consumption';
INSERT INTO traceability_edge (kind, input_lot_id, input_vertex, output_lot_id, output_vertex,
       product_id, uom_id, quantity, confidence, move_id, move_line_id, picking_id, partner_id,
       reference, location_id, location_dest_id, occurred_at, company_id)
SELECT kind, CASE kind WHEN 'shipment' THEN lot_id END,
       CASE kind WHEN 'shipment' THEN lot_id END, CASE kind WHEN 'receipt' THEN lot_id END,
       CASE kind WHEN 'receipt' THEN lot_id END, movement.product_id, %(uom)s,
       movement.quantity, 'exact', move.id, line_base + number, move.picking_id,
       COALESCE(picking.partner_id, move.partner_id), move.reference, move.location_id,
       move.location_dest_id, moved_at, company
  FROM place, movement
  JOIN stock_move move ON move.id = (SELECT move_base FROM place) + number
  LEFT JOIN stock_picking picking ON picking.id = move.picking_id
 WHERE kind IN ('receipt', 'shipment');
"""


@contextmanager
def without_indexes(cr):
    """Take the indexes of the big tables away while they are filled."""
    cr.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
         WHERE indrelid = ANY(%s::regclass[])
           AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        """,
        [TABLES],
    )
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(f"DROP INDEX {name}")
    yield
    cr.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _name, definition in indexes:
        cr.execute(definition)
    for table in TABLES:
        cr.execute(f"ANALYZE {table}")


def generate(env, move_lines, *, core_links):
    """Fill a database with a genealogy of about so many move lines.

    :returns: ids of the lots ``hub``, ``branch``, ``median`` and ``finished``, and of a
        ``supplier``; how many move ``lines`` there are
    """
    uom = env.ref("uom.product_uom_unit")
    products = env["product.product"].create(
        [
            {"name": f"Level {level}", "is_storable": True, "tracking": "lot"}
            for level in range(LEVELS + 1)
        ]
    )
    customers = env["res.partner"].create(
        [{"name": f"Customer {number}"} for number in range(40)]
    )
    suppliers = env["res.partner"].create(
        [{"name": f"Mill {number}"} for number in range(WIDTH)]
    )
    parameters = {
        "blocks": max(1, move_lines // LINES_PER_BLOCK),
        "levels": LEVELS + 1,
        "width": WIDTH,
        "products": products.ids,
        "customers": customers.ids,
        "suppliers": suppliers.ids,
        "days": DAYS,
        "uom": uom.id,
    }
    env.flush_all()
    # Foreign keys are right by construction; checking them would take most of the time.
    env.cr.execute("SET LOCAL session_replication_role = replica")
    with without_indexes(env.cr):
        for part in (PREPARE, CORE, *([LINKS] if core_links else []), EDGES):
            for statement in filter(str.strip, part.split(";\n")):
                env.cr.execute(statement, parameters)
    env.cr.execute("SELECT lot_base + 1, (SELECT count(*) FROM movement) FROM place")
    first, lines = env.cr.fetchone()
    env.cr.execute("SET LOCAL session_replication_role = origin")
    # In the middle, an ordinary lot; blocks differ by what their number leaves over ten.
    middle = parameters["blocks"] // 2
    block = (middle - middle % 10 + 5) * (LEVELS + 1) * WIDTH
    env.invalidate_all()
    return {
        "hub": first,
        "branch": first + 1,
        "median": first + block + WIDTH // 2,
        "finished": first + block + LEVELS * WIDTH + WIDTH // 2,
        "supplier": suppliers[-1].id,
        "lines": lines,
    }

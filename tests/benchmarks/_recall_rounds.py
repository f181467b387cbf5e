"""A recall, from the question to all that its form shows, beside what nobody can do without.

| who answers | what it is |
|---|---|
| `subject` | what a person does: a new recall, *Find what is affected*, the form and its lists |
| `by_hand` | the bare recursive statement from the same suspect lots; its rows are thrown away |

In turn. The paper is held against the screen once.
"""

import json
import statistics
import time
from datetime import timedelta

from lxml import etree

from odoo import fields

ROUNDS = 3
QUARTER = timedelta(days=91)
BY_HAND = """
WITH RECURSIVE reached (vertex) AS (
    SELECT unnest(%s)
     UNION
    SELECT edge.output_vertex FROM reached
      JOIN traceability_edge edge ON edge.input_vertex = reached.vertex
     WHERE edge.output_vertex IS NOT NULL AND edge.kind <> 'internal')
SELECT count(*) FROM reached
"""


def prepare_questions(found):
    """Return name → what a person fills in: lots, and a supplier's deliveries of a quarter.

    :param found: what ``_genealogy.generate`` returned.
    """
    now = fields.Datetime.now()
    lots = {name: {"lot_id": found[name]} for name in ("hub", "branch", "median")}
    supplier = {
        "scope": "supplier",
        "partner_id": found["supplier"],
        "date_from": now - QUARTER,
        "date_to": now,
    }
    return {**lots, "supplier": supplier}


def compare_recalls(env, found):
    """Return medians of both by question, and whether paper and screen agree."""
    return {
        name: compare(env, values) for name, values in prepare_questions(found).items()
    }


def compare(env, values):
    seconds = {"subject": [], "by_hand": []}
    for number in range(ROUNDS):
        start = time.perf_counter()
        recall, screen = answer(env, values)
        seconds["subject"].append(time.perf_counter() - start)
        starts = recall.line_ids.filtered("is_start").lot_id.ids
        start = time.perf_counter()
        env.cr.execute(BY_HAND, [starts])
        seconds["by_hand"].append(time.perf_counter() - start)
        if number == 0:
            assert env.cr.fetchone()[0] == recall.lot_count
            paper = compare_paper(recall, screen)
        recall.unlink()
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    return {"lots": len(screen["line_ids"]), **medians, **paper}


def answer(env, values):
    """Return a recall that was answered, and what the web client reads of it."""
    recall = env["traceability.recall"].create(values)
    recall.action_run()
    env.flush_all()
    env.invalidate_all()
    views = recall.get_views([(False, "form")])["views"]
    specification = prepare_specification(
        recall, etree.fromstring(views["form"]["arch"])
    )
    [screen] = recall.web_read(specification)
    assert json.dumps(screen, default=str)
    return recall, screen


def compare_paper(recall, screen):
    """Return the seconds of the PDF, once its figures are those of the screen."""
    start = time.perf_counter()
    assert recall.action_print_pdf()["url"]
    seconds = time.perf_counter() - start
    pack = recall._prepare_pack(limit=1)
    parts = ("customer", "stock", "use", "line", "balance", "neighbour", "production")
    assert [section.total for section in pack.sections] == [
        len(screen[f"{part}_ids"]) for part in parts
    ]
    figures = {value for _label, value in pack.facts}
    for name in ("lot_count", "stock_lot_count", "open_count", "customer_count"):
        assert str(screen[name]) in figures, name
    return {"pdf_seconds": seconds}


def prepare_specification(model, view):
    """Return what the web client reads for a view: forty rows of each list."""
    found = {}
    for node in view.xpath(".//field[not(ancestor::field)]"):
        field = model._fields[node.get("name")]
        found[field.name] = {}
        if field.type in ("one2many", "many2many"):
            comodel = model.env[field.comodel_name]
            inner = node.find("list")
            found[field.name] = {"limit": 40, "fields": {}}
            if inner is not None:
                rows = etree.fromstring(etree.tostring(inner))
                found[field.name]["fields"] = prepare_specification(comodel, rows)
        elif field.type == "many2one":
            found[field.name] = {"fields": {"display_name": {}}}
    return found

from odoo.tests import HttpCase, tagged

from .common import TraceCase


class TestPicture(TraceCase):
    def setUp(self):
        super().setUp()
        self.raw_lot = self.lot("PIC-RAW")
        self.output = self.lot("PIC-FIN", self.finished)
        self.receive_lot(self.raw_lot, 30)
        self.production = self.produce({self.raw_lot: 20}, self.output, 10)
        self.delivery = self.ship(self.output, 6)
        self.take_back(self.output, 2)

    def draw(self, lot):
        picture = lot.get_genealogy_picture()
        nodes = {node["id"]: node for node in picture["nodes"]}
        arrows = {(arrow["from"], arrow["to"]): arrow for arrow in picture["arrows"]}
        return picture, nodes, arrows

    def test_both_ways_with_quantities_and_documents(self):
        raw, made = f"lot:{self.raw_lot.id}", f"lot:{self.output.id}"
        customer = f"customer:{self.customer.id}"
        for lot in (self.raw_lot, self.output):
            picture, nodes, arrows = self.draw(lot)
            self.assertEqual(picture["root"], f"lot:{lot.id}")
            self.assertEqual(
                set(nodes), {raw, made, customer, f"supplier:{self.supplier.id}"}
            )
            self.assertEqual(arrows[raw, made]["quantity"], 20)
            self.assertEqual(
                arrows[raw, made]["documents"][0]["name"], self.production.name
            )
        self.assertEqual((nodes[made]["stage"], nodes[raw]["stage"]), (0, -1))
        self.assertEqual(nodes[made]["on_hand"], 6)
        shipped = arrows[made, customer]
        self.assertEqual((shipped["quantity"], shipped["returned"]), (4, 2))

    def test_many_lots_are_grouped_by_product_and_stage(self):
        limit = "odoo.addons.traceability.models.traceability_picture.MAX_LOTS"
        self.patch_limit(limit, 1)
        picture, nodes, _arrows = self.draw(self.raw_lot)
        groups = [node for node in nodes.values() if node["kind"] == "group"]
        self.assertTrue(picture["grouped"])
        self.assertEqual(
            [(g["count"], g["product_id"]) for g in groups], [(1, self.finished.id)]
        )
        self.assertEqual(groups[0]["dispositions"], {"released": 1})

    def patch_limit(self, name, value):
        module, _, attribute = name.rpartition(".")
        self.patch(__import__(module, fromlist=["_"]), attribute, value)

    def test_number_of_queries_does_not_grow_with_the_graph(self):
        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.raw_lot.get_genealogy_picture()
            return self.env.cr.sql_log_count - before

        small = count()
        for number in range(5):
            extra = self.lot(f"PIC-{number}", self.finished)
            self.produce({self.raw_lot: 1}, extra, 1)
            self.ship(extra, 1)
        self.assertLessEqual(count(), small + 2)

    def test_other_companies_lots_are_not_in_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        user = self.env["res.users"].create(
            {
                "name": "Elsewhere",
                "login": "elsewhere",
                "company_id": other.id,
                "company_ids": [(6, 0, other.ids)],
                "group_ids": [(6, 0, self.env.ref("stock.group_stock_user").ids)],
            }
        )
        lots = self.raw_lot | self.output
        lots.company_id = self.env.company
        picture = (
            self.env["traceability.picture"]
            .with_user(user)
            ._draw(self.raw_lot.with_user(user))
        )
        self.assertEqual(picture["nodes"], [])


@tagged("post_install", "-at_install")
class TestPictureInTheBrowser(TraceCase, HttpCase):
    def test_from_the_lot_to_the_picture_to_the_recall(self):
        raw_lot = self.lot("PIC-RAW")
        output = self.lot("PIC-FIN", self.finished)
        self.receive_lot(raw_lot, 30)
        self.produce({raw_lot: 20}, output, 10)
        self.ship(output, 6)
        self.env["stock.scrap"].create(
            {
                "product_id": raw_lot.product_id.id,
                "lot_id": raw_lot.id,
                "scrap_qty": 3,
                "location_id": self.stock.id,
            }
        ).do_scrap()
        self.start_tour(
            f"/odoo/action-stock.action_production_lot_form/{raw_lot.id}",
            "traceability_genealogy_picture",
            login="admin",
        )

    def test_layout(self):
        """Pure functions, tested where they run."""
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            "&filter=genealogy_layout",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
        )

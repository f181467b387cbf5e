from odoo.tests import tagged

from .common import ScreenCase, StockIntegrationCase


@tagged("post_install", "-at_install")
class TestDeskScreens(ScreenCase, StockIntegrationCase):
    """What waits for a person is shown with what it hits and what it may mean."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("stock.snapshot")
        cls.steel.default_code = "STEEL-01"
        line = {"item": "STEEL 01", "location": "RACK-A", "unit": "KGM", "quantity": 1}
        cls.payload = {
            "snapshot_id": "S-1",
            "as_of": "2026-11-25T00:00:00Z",
            "lines": [line],
        }

    def test_desk_and_reports_open(self):
        exception = self.receive(
            "stock.snapshot", self.payload
        ).delivery_ids.exception_id
        for path, words in (
            ("integration-exceptions", ("STEEL 01", "Plant")),
            (
                f"integration-exceptions/{exception.id}",
                ("What it hits", "Map the code"),
            ),
            ("integration-exception-summary", ("Unmapped code",)),
            ("integration-exception-rules", ("Exception Routing",)),
            ("integration-mapping-completeness", ("Test system", "Item")),
            ("integration-mappings", ("GLOVES", "Plant")),
            ("integration-duplicates", ("Possible Duplicates",)),
            ("integration-lot-conventions", ("Lot Numbering",)),
        ):
            with self.subTest(path=path):
                self.assert_screen(f"/odoo/{path}", *words)

from odoo.tests import HttpCase, new_test_user, tagged

from .common import INSPECTOR, QualityFactories

SEEK = """
    const deadline = Date.now() + 20000;
    const check = () => {
        const typed = [...document.querySelectorAll("input, textarea")];
        const text = [document.body, ...typed]
            .map((one) => one?.value ?? one?.innerText ?? "").join("\\n");
        if (%s.every((word) => text.includes(word))) {
            console.log("test successful");
        } else if (Date.now() > deadline) {
            console.error("Not on the screen: " + text);
        } else {
            setTimeout(check, 100);
        }
    };
    check();
"""
# Types into the row of a characteristic as an inspector does on a tablet.
ENTER = """
    const wait = async (what, find) => {
        for (const end = Date.now() + 20000; Date.now() < end; ) {
            const found = find();
            if (found) return found;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error("Not found: " + what + ": " + document.body.innerText);
    };
    const button = (name) => document.querySelector(
        `.o_form_statusbar button[name='${name}'], .o-dropdown--menu button[name='${name}']`
    );
    const row = (name) => [...document.querySelectorAll(".o_data_row")]
        .find((one) => one.innerText.includes(name));
    const type = async (name, value) => {
        const cell = await wait(name, () => row(name)
            ?.querySelector("td[name='value_entry']"));
        cell.click();
        const input = await wait("input", () => row(name)
            .querySelector("td[name='value_entry'] input"));
        input.value = value;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    (async () => {
        (await wait("start", () => button("action_start"))).click();
        await type("Moisture", "0.1");
        await type("Viscosity", "1,480");
        (await wait("verdict", () => button("action_conclude"))).click();
        (await wait("dialog", () => document.querySelector(".modal-footer .btn-primary")))
            .click();
        await wait("state", () => document.body.innerText.includes("quarantined")
            || document.body.innerText.includes("Quarantined"));
        console.log("test successful");
    })().catch((error) => console.error(error.message));
"""


@tagged("post_install", "-at_install")
class TestScreens(QualityFactories, HttpCase):
    """What people see, in a browser, without an error in its console."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpQuality()
        cls.look.unlink()  # two measured values are enough to type
        cls.tablet_user = new_test_user(
            cls.env,
            "quality-tablet",
            INSPECTOR,
            password="quality-tablet",
        )

    def setUp(self):
        super().setUp()
        self.picking = self.receive_lots(**{"R-1": 480, "R-2": 20})
        self.waiting, self.failed = self.picking.inspection_ids.sorted("id")

        self.enter_failure(self.failed)

    def enter_failure(self, inspection):
        inspection = inspection.with_user(self.inspector)
        inspection.action_start()
        for row, value in zip(inspection.result_ids, (0.1, 1480), strict=True):
            row.value = value
        inspection.action_conclude()

    def assert_screen(self, path, *words, login="quality-tablet"):
        """Open a screen and wait for these words on it."""
        self.browser_js(
            path, SEEK % list(words), "document.body !== null", login=login, timeout=60
        )

    def test_inspections_by_state(self):
        self.assert_screen(
            "/odoo/inspections", self.waiting.name, "R-1", "To do", "Passed", "Failed"
        )

    def test_waiting_inspection(self):
        self.assert_screen(
            f"/odoo/inspections/{self.waiting.id}", "R-1", "Pending", "Resin Works"
        )

    def test_failed_inspection_says_why(self):
        self.assert_screen(
            f"/odoo/inspections/{self.failed.id}",
            "Out of specification: Viscosity 1480 mPa·s",
            "900 to 1200 mPa·s",
            "Quarantined",
        )

    def test_nonconformance(self):
        found = self.failed.nonconformance_ids
        self.assert_screen(
            f"/odoo/nonconformances/{found.id}",
            found.name,
            "R-2",
            "VISCOSITY",
            "Contain",
        )

    def test_nonconformances_by_supplier(self):
        self.assert_screen("/odoo/nonconformances-by-supplier", "Nonconformances")

    def test_receipt_leads_to_its_inspections(self):
        self.assert_screen(
            f"/odoo/action-stock.action_picking_tree_all/{self.picking.id}",
            "Inspections",
            "Nonconformances",
            "To inspect",
        )

    def test_lot_leads_to_its_inspections(self):
        self.assert_screen(
            f"/odoo/action-stock.action_production_lot_form/{self.failed.lot_id.id}",
            "Inspections",
            "Failed inspection",
        )

    def test_used_plan_says_why_it_is_locked(self):
        self.assert_screen(
            f"/odoo/inspection-plans/{self.plan.id}",
            "Make a new version to change them",
            "MOISTURE",
            login="admin",
        )

    def test_inspector_enters_results_and_confirms_the_verdict(self):
        self.browser_js(
            f"/odoo/inspections/{self.waiting.id}",
            ENTER,
            "document.body !== null",
            login="quality-tablet",
            timeout=90,
        )
        self.env.invalidate_all()
        self.assertEqual(self.waiting.state, "failed")
        self.assertEqual(self.waiting.result_ids.mapped("value"), [0.1, 1480])
        self.assertEqual(self.waiting.lot_id.disposition, "quarantined")

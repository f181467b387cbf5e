import json

from odoo.tests import HttpCase, tagged

PATHS = (
    ("integration-change-requests", "Changes"),
    ("integration-versions", "Versions"),
    ("integration-ownership", "Data Ownership"),
    ("integration-ownership-matrix", "owns it"),
    ("integration-ownership-conflicts", "Ownership Conflicts"),
    ("integration-shadow-runs", "Shadow Runs"),
    ("integration-shadow-differences", "Shadow Differences"),
)


@tagged("post_install", "-at_install")
class TestScreens(HttpCase):
    """Every screen of this addon opens in the browser, without an error."""

    SEEK = """
        const deadline = Date.now() + 30000;
        const check = () => {
            const text = document.body?.innerText || "";
            if (text.includes(%s)) {
                console.log("test successful");
            } else if (Date.now() > deadline) {
                console.error("Not on the screen: " + text);
            } else {
                setTimeout(check, 100);
            }
        };
        check();
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["integration.ownership"].create(
            {"name": "Partners", "model_id": cls.env.ref("base.model_res_partner").id}
        )

    def test_every_screen_opens(self):
        for path, word in PATHS:
            with self.subTest(path=path):
                self.browser_js(
                    f"/odoo/{path}",
                    self.SEEK % json.dumps(word),
                    "document.body !== null",
                    login="admin",
                    timeout=90,
                )

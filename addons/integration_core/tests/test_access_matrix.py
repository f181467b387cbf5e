from odoo.tests import TransactionCase, tagged

from . import access


@tagged("post_install", "-at_install")
class TestAccessMatrix(TransactionCase):
    """Every model of every addon of ours × role × operation × company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.models = access.find_models(cls.env)
        cls.matrix = access.read_matrix(cls.env)
        cls.home = cls.env["res.company"].create({"name": "Matrix, plant A"})
        cls.abroad = cls.env["res.company"].create({"name": "Matrix, plant B"})
        cls.users = access.create_users(cls.env, cls.home)
        cls.env.flush_all()

    def lines(self):
        return [self.matrix[name] for name in self.models if name in self.matrix]

    def test_every_model_has_an_entry(self):
        missing = [name for name in self.models if name not in self.matrix]
        lines = "\n".join(
            f"{self.env[name]._original_module}/{access.FILE}: "
            + access.describe(self.env, self.users, name)
            for name in missing
        )
        self.assertFalse(missing, f"Decide about these models, then add:\n{lines}")

    def test_no_entry_is_left_of_a_model_that_is_gone(self):
        self.assertFalse(set(self.matrix) - set(self.models))

    def test_each_role_may_do_what_the_matrix_says(self):
        for line in self.lines():
            for group, user in self.users.items():
                with self.subTest(model=line["model"], group=group):
                    self.assertEqual(
                        access.read_allowed(self.env, user, line["model"]),
                        access.get_expected(line, user),
                    )

    def test_records_of_another_company_stay_there(self):
        maker = access.RowMaker(self.env)
        for line in self.lines():
            name = line["model"]
            if line["company"] == access.COMMON or not self.is_table(name):
                continue
            row = (
                maker.make(name, "create_uid", self.env.user)
                if line["company"] == access.PERSONAL
                else maker.make(name, line["company"], self.abroad)
            )
            self.assert_closed(line, self.env[name].browse(row))

    def test_records_of_ones_own_company_are_seen(self):
        maker = access.RowMaker(self.env)
        manager = access.ROLES["manager"]
        for line in self.lines():
            name, company = line["model"], line["company"]
            if company in (access.COMMON, access.PERSONAL) or not self.is_table(name):
                continue
            row = self.env[name].browse(maker.make(name, company, self.home))
            user = self.users[manager]
            with self.subTest(model=name):
                self.assertEqual(
                    row.with_user(user).has_access("read"),
                    "r" in access.get_expected(line, user),
                    name,
                )

    def test_a_company_is_named_unless_records_are_common_on_purpose(self):
        for line in self.lines():
            model = self.env[line["model"]]
            with self.subTest(model=line["model"]):
                self.assertEqual(model._transient, line["company"] == access.PERSONAL)
                if line["company"] == access.COMMON:
                    self.assertNotIn("company_id", model._fields)

    def is_table(self, name):
        return bool(self.env[name]._auto)

    def assert_closed(self, line, record):
        """Nobody of the other company gets at a record, whatever the operation."""
        for group, granted in access.read_grants(line).items():
            mine = record.with_user(self.users[group])
            for operation in access.OPERATIONS.values():
                with self.subTest(model=line["model"], group=group, operation=operation):
                    self.assertFalse(mine.has_access(operation))
            if "r" in granted:
                with self.subTest(model=line["model"], group=group, operation="search"):
                    self.assertFalse(mine.search([("id", "=", record.id)]))

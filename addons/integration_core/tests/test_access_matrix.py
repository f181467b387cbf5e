from contextlib import suppress

from odoo.exceptions import UserError
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

    def test_nobody_hands_a_record_over_to_a_company_without_rights_there(self):
        """Odoo asks the rules for what a record was, not for what a write makes of it."""
        maker = access.RowMaker(self.env)
        for line in self.lines():
            name, path = line["model"], line["company"]
            if path in (access.COMMON, access.PERSONAL) or not self.is_table(name):
                continue
            mover = access.find_mover(self.env[name], path)
            # A table is not altered while checks of it are still to come.
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
            here, there = (
                maker.make_target(self.env[name], mover, company)
                for company in (self.home, self.abroad)
            )
            row = self.env[name].browse(maker.make(name, path, self.home, {mover: here}))
            for group, granted in access.read_grants(line).items():
                if "w" in granted:
                    with self.subTest(model=name, field=mover, group=group):
                        self.assert_stays(row.with_user(self.users[group]), mover, there)

    def assert_stays(self, record, mover, target):
        # A rule refuses it, or the model itself does, or it stumbles over an empty row.
        with suppress(UserError, KeyError), self.env.cr.savepoint():
            record.write({mover: target})
            self.env.flush_all()
            self.fail(f"{record} was handed over")

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

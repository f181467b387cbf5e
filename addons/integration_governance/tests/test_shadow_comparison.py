from odoo.tests import tagged

from .common import ShadowCase


@tagged("post_install", "-at_install")
class TestShadowComparison(ShadowCase):
    """What counts is what a run comes to, not the steps and ids it took."""

    def make_document(self, env, *jobs, color=3):
        """Make a document with lines, and take it through its states."""
        Partner = env["res.partner"].sudo()
        document = Partner.create({"name": "DOC", "ref": "DOC-1", "color": 1})
        Partner.create(
            [
                {"name": "Line", "ref": "L", "parent_id": document.id, "function": job}
                for job in jobs
            ]
        )
        document.write({"color": 2})
        document.write({"color": color})
        partner = self.partner.with_env(env).sudo()
        partner.write({"color": 2})
        partner.write({"color": color})

    def compare(self, shadow, live):
        """Try ``shadow`` in a run, do ``live`` by hand. Returns the compared run."""
        self.handle_with(lambda handler, message: shadow(handler.env))
        run = self.run_of(self.hello())
        self.assertFalse(run.failure)
        live(self.env)
        run._compare()
        return run

    def tell(self, run):
        return [(d.field_name, d.shadow_value, d.actual_value) for d in run.difference_ids]

    def test_document_made_in_steps_is_the_same(self):
        def make(env):
            self.make_document(env, "1", "2")

        run = self.compare(make, make)
        self.assertEqual((run.state, self.tell(run)), ("same", []))

    def test_last_state_is_what_differs(self):
        run = self.compare(
            lambda env: self.make_document(env, "1"),
            lambda env: self.make_document(env, "1", color=9),
        )
        self.assertEqual(self.tell(run), 2 * [("color", "3", "9")])

    def test_word_that_differs_is_told_and_not_missed(self):
        def make(env, job):
            env["res.partner"].sudo().create(
                {"name": "Line", "ref": "L-1", "function": job}
            )

        run = self.compare(lambda env: make(env, "1"), lambda env: make(env, "2"))
        self.assertEqual(self.tell(run), [("function", "1", "2")])

    def test_one_of_ours_is_not_two_of_theirs(self):
        run = self.compare(
            lambda env: self.make_document(env, "1", "2"),
            lambda env: self.make_document(env, "2"),
        )
        self.assertEqual(self.tell(run), [("", "DOC, Line", "missing")])

    def test_line_of_another_document_is_none_of_it(self):
        def live(env):
            self.make_document(env)
            other = env["res.partner"].create({"name": "DOC", "ref": "DOC-2"})
            env["res.partner"].create(
                {"name": "Line", "ref": "L", "parent_id": other.id, "function": "1"}
            )

        run = self.compare(lambda env: self.make_document(env, "1"), live)
        self.assertEqual(self.tell(run), [("", "DOC, Line", "missing")])

    def test_line_of_a_missing_document_is_missing(self):
        def live(env):
            env["res.partner"].create({"name": "Line", "ref": "L", "function": "1"})

        run = self.compare(lambda env: self.make_document(env, "1"), live)
        missing = [("", "DOC", "missing"), ("", "DOC, Line", "missing")]
        self.assertEqual(self.tell(run)[:2], missing)

    def test_addon_that_was_removed_stops_no_comparison(self):
        def make(env):
            self.make_document(env)

        run = self.compare(make, make)
        run.effects = [{**run.effects[0], "model": "not.here.any.more"}]
        run._compare()
        self.assertEqual(run.state, "same")

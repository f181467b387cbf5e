"""What is only counted is counted for whom it concerns, and hurts nobody else."""

from unittest.mock import patch

from .. import rejections
from .common import IntegrationCase


class TestRejections(IntegrationCase):
    def test_who_is_gone_since_does_not_hurt_the_next_caller(self):
        gone = self.env["integration.system"].create({"name": "Gone", "code": "gone"})
        with (
            patch.object(rejections, "_counts", type(rejections._counts)()),
            patch.object(rejections, "_flushed_at", {self.env.cr.dbname: float("inf")}),
        ):
            rejections.count_rejection(self.env, gone.id)
            gone.unlink()
            self.env.flush_all()
            rejections._flushed_at.clear()
            rejections.count_rejection(self.env, self.system.id)
        rows = self.env["integration.rejection"].search([], order="id desc", limit=2)
        self.assertEqual(set(rows.system_id.ids), {self.system.id})
        self.assertEqual(rows.mapped("count"), [1, 1])

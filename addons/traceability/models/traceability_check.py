from odoo import api, fields, models
from odoo.tools import SQL

from . import traceability_check_queries as queries

BATCH = 2000


class TraceabilityCheck(models.Model):
    """The genealogy compared with the stock moves, and mended.

    The first one writes the genealogy of a database that has years of moves. It works
    in portions, commits each, and goes on where it stopped. Later ones look at the
    lines written since the one before; ``is_full`` looks at all of them. In the end all
    edges are compared with all moves in a few statements, both ways.
    """

    _name = "traceability.check"
    _description = "Check of the Genealogy"
    _order = "id desc"

    state = fields.Selection(
        [("running", "Running"), ("done", "Done")],
        required=True,
        default="running",
        readonly=True,
    )
    is_full = fields.Boolean(string="Everything", readonly=True)
    since = fields.Datetime(string="Lines written since", readonly=True)
    started_at = fields.Datetime(required=True, readonly=True)
    finished_at = fields.Datetime(readonly=True)
    next_line_id = fields.Integer(readonly=True)
    last_line_id = fields.Integer(readonly=True)
    progress = fields.Float(compute="_compute_progress", string="Progress (%)")
    line_count = fields.Integer(string="Lines looked at", readonly=True)
    missing_count = fields.Integer(
        string="Edges added", readonly=True, help="Moves that had no edge."
    )
    stale_count = fields.Integer(
        string="Edges removed", readonly=True, help="Edges that no move stands for."
    )
    source_count = fields.Integer(
        string="Orders corrected", readonly=True, help="Orders whose shares differed."
    )

    @api.depends("next_line_id", "last_line_id", "state")
    def _compute_progress(self):
        for check in self:
            total = check.last_line_id or 1
            share = min(100.0, 100 * check.next_line_id / total)
            check.progress = 100.0 if check.state == "done" else share

    @api.depends("started_at")
    def _compute_display_name(self):
        for check in self:
            check.display_name = self.env._("Check of %s", check.started_at)

    @api.model
    def _start(self, *, is_full=False):
        """Begin a check. Returns it."""
        before = self.search([("state", "=", "done")], limit=1)
        first = not before or is_full
        self.env["stock.move.line"].flush_model()
        return self.create(
            {
                "is_full": first,
                "since": False if first else before.started_at,
                "started_at": fields.Datetime.now(),
                "last_line_id": queries.get_last_line_id(self.env),
            }
        )

    def action_start_full(self):
        """Look at everything, in the background."""
        self._start(is_full=True)
        # Starting it needs no right to change scheduled actions.
        self.env.ref("traceability.ir_cron_trace_check").sudo()._trigger()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _cron_check(self):
        """Work off the check that is open, or a new one, as long as there is time."""
        check = self.search([("state", "=", "running")], order="id", limit=1)
        check = check or self._start()
        while check.state == "running":
            check._work_off_portion()
            left = max(0, check.last_line_id - check.next_line_id)
            # Each portion is committed: a stop loses nothing, the next run goes on.
            if not self.env["ir.cron"]._commit_progress(1, remaining=left // BATCH):
                return

    def _work_off_portion(self):
        """Compare and mend the next lines; the last portion ends the check."""
        self.ensure_one()
        self.env.flush_all()
        ids = queries.find_lines(
            self.env, self.next_line_id, self.last_line_id, self.since or None, BATCH
        )
        if ids:
            self._mend(self.env["stock.move.line"].browse(ids))
            self.next_line_id = ids[-1] + 1
        if len(ids) < BATCH:
            self._compare_all()
            self.write({"state": "done", "finished_at": fields.Datetime.now()})

    def _compare_all(self):
        """See ``traceability_check_damage.py``."""

    def _mend(self, lines):
        Edge = self.env["traceability.edge"]
        self.env["traceability.node"]._update_pool(
            lines.filtered(lambda line: not line.lot_id)
        )
        self.env.flush_all()
        movement = lines._get_movements(SQL("line.id = ANY(%s)", lines.ids))
        stale = queries.delete_stale_movements(self.env, movement, lines.ids)
        missing = Edge._store_movements(lines)
        sources = lines.move_id._get_trace_sources()
        corrected = sum(source._write_genealogy() for source in sources)
        self.env["traceability.lot.event"]._record_lines(lines)
        self.write(
            {
                "line_count": self.line_count + len(lines),
                "stale_count": self.stale_count + stale,
                "missing_count": self.missing_count + missing,
                "source_count": self.source_count + corrected,
            }
        )

import logging
import time
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib.reconciliation import chunked
from . import integration_reconciliation_queries as queries

_logger = logging.getLogger(__name__)
CHUNK = 10_000
RETRY_MINUTES = 5
FORGOTTEN_AT_ONCE = 100_000
NIGHT_HOUR = 2


class IntegrationReconciliation(models.Model):
    """One snapshot of another system, and what comparing it with Odoo brought up."""

    _name = "integration.reconciliation"
    _description = "Reconciliation"
    _order = "as_of desc, id desc"
    _rec_name = "snapshot_ref"

    snapshot_ref = fields.Char(
        string="Snapshot", required=True, readonly=True, help="The sender's number."
    )
    domain_id = fields.Many2one(
        "integration.reconciliation.domain",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    system_id = fields.Many2one(
        "integration.system", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", related="system_id.company_id", store=True, index=True
    )
    message_id = fields.Many2one(
        "integration.message",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    scope = fields.Char(
        required=True,
        readonly=True,
        default="",
        help="What the snapshot covers, for example the plants.",
    )
    as_of = fields.Datetime(string="As of", required=True, readonly=True)
    due_at = fields.Datetime(
        compute="_compute_due_at",
        store=True,
        string="Due",
        help="It is compared from then on: at night, in the system's time zone.",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("done", "Done"),
            ("superseded", "Superseded"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    line_ids = fields.One2many("integration.reconciliation.snapshot.line", "run_id")
    line_count = fields.Integer(string="Lines", readonly=True)
    theirs_count = fields.Integer(string="Their figures", readonly=True)
    ours_count = fields.Integer(string="Our figures", readonly=True)
    equal_count = fields.Integer(string="Equal", readonly=True)
    discrepancy_count = fields.Integer(string="Differences", readonly=True)
    gone_count = fields.Integer(
        string="Settled", readonly=True, help="Differences of before that are gone."
    )
    tolerance = fields.Float(
        digits=(16, 3), readonly=True, help="As it was when comparing."
    )
    reconciled_at = fields.Datetime(readonly=True)
    duration_milliseconds = fields.Integer(string="Took (ms)", readonly=True)
    error = fields.Text(readonly=True)

    _snapshot_unique = models.Constraint(
        "UNIQUE(domain_id, system_id, snapshot_ref)",
        "This snapshot is on record already.",
    )
    _latest_index = models.Index("(domain_id, system_id, scope, as_of)")
    _waiting_index = models.Index("(due_at) WHERE state = 'waiting'")

    def _add_figures(self, figures):
        """Store their side, in bulk.

        :param figures: iterable of ``lib.reconciliation.Figure``; the same key may
            come more than once and is added up.
        """
        self.ensure_one()
        self.check_access("read")
        self.env.flush_all()
        count = sum(
            queries.insert_lines(self.env.cr, self.id, chunk)
            for chunk in chunked(figures, CHUNK)
        )
        # Whoever may bring a snapshot may not edit runs; this counter is the engine's.
        self.sudo().line_count += count

    def action_reconcile(self):
        """Compare now instead of at night."""
        self.check_access("read")
        if not self.env.user.has_group(
            "integration_core.integration_core_group_operator"
        ):
            raise AccessError(self.env._("Only integration operators can reconcile."))
        if any(run.state not in ("waiting", "failed") for run in self):
            raise UserError(self.env._("This snapshot has been dealt with already."))
        # Operators decide when; what is found is the engine's to write.
        for run in self.sudo().sorted("as_of", reverse=True):
            run._reconcile()

    def action_open_discrepancies(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "integration_core.integration_discrepancy_action"
        )
        return dict(action, domain=[("run_id", "=", self.id)], context={})

    @api.depends("system_id")
    def _compute_due_at(self):
        """The next night where the system is."""
        for run in self:
            zone = ZoneInfo(run.system_id.timezone or "UTC")
            local = fields.Datetime.now().replace(tzinfo=UTC).astimezone(zone)
            night = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
            if night <= local:
                night += timedelta(days=1)
            run.due_at = night.astimezone(UTC).replace(tzinfo=None)

    @api.model
    def _cron_reconcile(self):
        """Reconcile the waiting snapshots whose plant's night has begun, newest first."""
        runs = self.search(
            [("state", "=", "waiting"), ("due_at", "<=", fields.Datetime.now())]
        )
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(runs))
        for run in runs:
            run._reconcile_or_fail()
            # Each run stands on its own, and may be large: keep what is done.
            if not Cron._commit_progress(1):
                break

    def _reconcile_or_fail(self):
        """Reconcile; a run that cannot be compared does not stop the others."""
        if not self.try_lock_for_update():
            return  # somebody reconciles it at this moment
        try:
            with self.env.cr.savepoint():
                self._reconcile()
        except psycopg2.OperationalError:
            # A person decided about one of the differences at this moment.
            _logger.info("Reconciliation %s is put off", self.id)
            self._retry_soon()
        except Exception as error:  # whatever the source of a bridge raises
            _logger.exception("Reconciliation %s failed", self.id)
            self.write({"state": "failed", "error": str(error)})

    @api.model
    def _retry_soon(self):
        cron = self.env.ref("integration_core.integration_reconciliation_cron")
        cron._trigger(at=fields.Datetime.now() + timedelta(minutes=RETRY_MINUTES))

    def _reconcile(self):
        """Compare with our side as of the snapshot; once, however often it is called."""
        self.ensure_one()
        self.lock_for_update()
        self.invalidate_recordset()
        if self.state not in ("waiting", "failed"):
            return
        if self._find_newer():
            self.state = "superseded"
            return
        started = time.monotonic()
        tolerance = self.domain_id.tolerance
        ours = self.domain_id._get_source()._read_ours(self)
        self.env.flush_all()
        theirs_count, ours_count, equal_count, found, gone = queries.compare(
            self.env.cr,
            self,
            ours,
            tolerance=tolerance,
            user_id=self.env.uid,
            gone_text=self.env._("The difference was gone in %s.", self.snapshot_ref),
        )
        self.env["integration.discrepancy"]._on_compared(found, gone)
        self.write(
            {
                "state": "done",
                "error": False,
                "tolerance": tolerance,
                "theirs_count": theirs_count,
                "ours_count": ours_count,
                "equal_count": equal_count,
                "discrepancy_count": len(found),
                "gone_count": len(gone),
                "reconciled_at": fields.Datetime.now(),
                "duration_milliseconds": int((time.monotonic() - started) * 1000),
            }
        )
        self._close_older()

    def _get_siblings_domain(self):
        return [
            ("id", "!=", self.id),
            ("domain_id", "=", self.domain_id.id),
            ("system_id", "=", self.system_id.id),
            ("scope", "=", self.scope),
        ]

    def _find_newer(self):
        """A snapshot that comes late must not bring back what was found since."""
        return self.search(
            [
                *self._get_siblings_domain(),
                ("state", "=", "done"),
                ("as_of", ">=", self.as_of),
            ],
            limit=1,
        )

    def _close_older(self):
        self.search(
            [
                *self._get_siblings_domain(),
                ("state", "in", ("waiting", "failed")),
                ("as_of", "<=", self.as_of),
            ]
        ).state = "superseded"

    @api.autovacuum
    def _gc_older_lines(self):
        """Forget, some at a time, what newer snapshots took the place of."""
        self.env.flush_all()
        deleted = queries.delete_older_lines(self.env.cr, FORGOTTEN_AT_ONCE)
        self.env["integration.reconciliation.snapshot.line"].invalidate_model()
        return deleted, int(deleted == FORGOTTEN_AT_ONCE)

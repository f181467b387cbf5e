from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..wake import is_reminder_due, notify_cron_workers
from . import integration_message_queries as queries

WORKERS_MAX = 16


class IntegrationLane(models.Model):
    """Workers of one tier; each worker is one scheduled action.

    Lanes do not share workers, so a flood in one leaves the others alone.
    """

    _name = "integration.lane"
    _inherit = "integration.cached.rules.mixin"
    _description = "Lane"
    _order = "tier, id"

    name = fields.Char(required=True, translate=True)
    tier = fields.Selection(
        [("1", "1 · real time"), ("2", "2 · near real time"), ("3", "3 · batch")],
        required=True,
    )
    worker_count = fields.Integer(
        string="Workers",
        default=1,
        required=True,
        help="Each keeps one of the server's cron processes (max_cron_threads) busy "
        "while it has work.",
    )
    linger_seconds = fields.Integer(
        default=1,
        help="How long a worker waits for more once its lane is empty. Longer means "
        "faster answers and a cron process that is busy longer.",
    )
    send_threads = fields.Integer(
        string="Concurrent requests",
        default=32,
        required=True,
        help="Outgoing requests that one worker keeps in flight.",
    )
    backlog_limit = fields.Integer(
        default=200_000,
        required=True,
        help="From so many waiting messages on, further ones are answered with 429 "
        "until some are worked off. 0: no limit.",
    )
    cron_ids = fields.One2many(
        "ir.cron", "integration_lane_id", string="Scheduled actions", readonly=True
    )
    waiting_count = fields.Integer(compute="_compute_backlog", string="Waiting")
    oldest_waiting = fields.Datetime(compute="_compute_backlog")

    _tier_unique = models.Constraint("UNIQUE(tier)", "Each tier has one lane.")

    def _compute_backlog(self):
        groups = self.env["integration.delivery"]._read_group(
            [("lane_id", "in", self.ids), ("state", "in", ("pending", "retry"))],
            ["lane_id"],
            ["__count", "received_at:min"],
        )
        backlog = {lane.id: (count, oldest) for lane, count, oldest in groups}
        for lane in self:
            lane.waiting_count, lane.oldest_waiting = backlog.get(lane.id, (0, False))

    @api.model
    @ormcache("lane_id")
    def _get_backlog_limit(self, lane_id):
        # sudo: read for machines; a number that their answer states anyway.
        return self.sudo().browse(lane_id).backlog_limit

    @api.constrains("worker_count", "send_threads", "linger_seconds", "backlog_limit")
    def _check_sizes(self):
        for lane in self:
            if lane.backlog_limit < 0:
                raise ValidationError(self.env._("A limit is not less than zero."))
            if not 1 <= lane.worker_count <= WORKERS_MAX:
                raise ValidationError(
                    self.env._("A lane has between 1 and %s workers.", WORKERS_MAX)
                )
            if not 1 <= lane.send_threads <= 64 or not 0 <= lane.linger_seconds <= 30:
                raise ValidationError(
                    self.env._(
                        "A worker keeps 1 to 64 requests in flight and lingers for at most "
                        "30 seconds."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lanes = super().create(vals_list)
        lanes._synchronize_workers()
        return lanes

    def write(self, vals):
        result = super().write(vals)
        if "worker_count" in vals:
            self._synchronize_workers()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_logged(self):
        self.env["integration.message"]._refuse_if_logged(self, "lane_id")

    def _synchronize_workers(self):
        """Create or remove scheduled actions until each worker has one."""
        for lane in self:
            # Scheduled actions belong to administrators; an integration manager may
            # decide how many workers a lane has, and nothing else about them.
            crons = lane.sudo().with_context(active_test=False).cron_ids
            crons[lane.worker_count :].unlink()
            missing = lane.worker_count - len(crons)
            crons.create([lane._prepare_cron_vals() for _number in range(missing)])

    def _prepare_cron_vals(self):
        self.ensure_one()
        return {
            "name": f"Integration: lane worker, tier {self.tier}",
            "model_id": self.env["ir.model"]._get_id(self._name),
            "state": "code",
            "code": f"model.browse({self.id})._cron_work()",
            "user_id": self.env.ref("base.user_root").id,
            "interval_number": 1,
            "interval_type": "minutes",
            "priority": int(self.tier),
            "integration_lane_id": self.id,
        }

    def _start_workers(self):
        """Have the scheduled actions of these lanes run once this is committed."""
        dbname = self.env.cr.dbname
        # Also when triggers wait already: the process that ran one may have died.
        if queries.trigger_lanes(self.env.cr, self.ids) or is_reminder_due(dbname):
            self.env.cr.postcommit.add(lambda: notify_cron_workers(dbname))

    def _cron_work(self):
        """Work off what is due, as a scheduled action."""
        self.env.cr.commit()  # hold no snapshot while others work
        self._work()

    def _work(self):
        """Work off what is due; see ``integration_core/worker.py``.

        :returns: how many deliveries were taken on.
        """
        from ..worker import LaneWorker  # noqa: PLC0415 - threads only where needed

        self.ensure_one()
        return LaneWorker(self.env.registry, self).run()

import logging
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.integration_core.models import (
    integration_delivery_queries as delivery_queries,
)
from odoo.addons.integration_core.worker import WAIT_FOR_RETRY_SECONDS

_logger = logging.getLogger(__name__)

CHANNEL = "root.integration_tier_%s"
# A job that nobody has begun after this long: the job runner is not there.
STRANDED_SECONDS = 90


class IntegrationLane(models.Model):
    _inherit = "integration.lane"

    def _prepare_cron_vals(self):
        # Kept for the day this addon is uninstalled; until then, jobs do the work.
        return super()._prepare_cron_vals() | {"active": False}

    def _start_workers(self):
        """Queue a job for each worker of these lanes, unless it waits already."""
        for lane in self:
            for number in range(lane.worker_count):
                lane.with_delay(
                    channel=CHANNEL % lane.tier,
                    identity_key=f"integration-lane-{lane.id}-{number}",
                    priority=int(lane.tier),
                    max_retries=0,  # a worker that is killed says nothing of the lane
                    description=f"Integration: lane worker, tier {lane.tier}",
                )._work()

    @api.model
    def _cron_start_workers(self):
        """Start workers where there is work: a notification may have been lost.

        Where no job begins, because the job runner is not there, work it off here: a
        message is late then, not lost.
        """
        lane_ids = delivery_queries.find_lanes_with_work(
            self.env.cr, WAIT_FOR_RETRY_SECONDS
        )
        waiting = self.browse(lane_ids)
        stranded = waiting._find_stranded()
        waiting._start_workers()
        self.env.cr.commit()  # the jobs; and hold no snapshot while others work
        for lane in stranded:
            _logger.warning(
                "No job of %s has begun for %s s: is queue_job among the "
                "server_wide_modules? The scheduled action works it off.",
                CHANNEL % lane.tier,
                STRANDED_SECONDS,
            )
            lane._work()

    def _find_stranded(self):
        """Return the lanes with a job that waits too long while none is running."""
        early = fields.Datetime.now() - timedelta(seconds=STRANDED_SECONDS)
        jobs = self.env["queue.job"].search(
            [
                ("channel", "in", [CHANNEL % lane.tier for lane in self]),
                "|",
                ("state", "=", "started"),
                "&",
                ("state", "in", ("pending", "enqueued")),
                ("date_created", "<", early),
            ]
        )
        running = set(jobs.filtered(lambda j: j.state == "started").mapped("channel"))
        waiting = set(jobs.mapped("channel")) - running
        return self.filtered(lambda lane: CHANNEL % lane.tier in waiting)

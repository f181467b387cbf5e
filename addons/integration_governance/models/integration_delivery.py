import logging

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.integration_core.handling import CONCURRENCY_ERRORS
from odoo.addons.integration_core.lib.errors import (
    BusinessError,
    PermanentError,
    RehearsedError,
    RetryableError,
)
from odoo.addons.integration_core.lib.ordering import APPLY

from ..shadow import EffectRecorder

_logger = logging.getLogger(__name__)

# What passes by itself says nothing about the flow: it is tried again.
PASSING_ERRORS = (RetryableError, psycopg2.OperationalError, *CONCURRENCY_ERRORS)


class IntegrationDelivery(models.Model):
    """Deliveries of a shadow flow are tried and undone; some may break ownership."""

    _inherit = "integration.delivery"

    ownership_waived = fields.Boolean(
        readonly=True,
        help="Somebody decided that this one may write what it does not own.",
    )

    def _prepare_run_context(self):
        context = super()._prepare_run_context()
        if self.ownership_waived:
            context["integration_ownership_waived"] = True
        return context

    def _execute(self, flow, run):
        if not self._is_shadow(flow):
            return super()._execute(flow, run)
        with EffectRecorder(self.env.cr) as recorder:
            failure = ""
            try:
                super()._execute(flow, run)
                self.env.flush_all()
                effects = recorder.get_in_force()
            except PASSING_ERRORS:
                raise
            except (BusinessError, PermanentError, UserError) as error:
                failure = str(error)
            except Exception as error:
                # It would be a dead letter: here it is one more thing that differs.
                _logger.warning("A handler failed in a shadow run", exc_info=True)
                failure = f"{type(error).__name__}: {error}"
            if failure:
                effects = recorder.get_settled()
        text = (
            self.env._("Shadow run, nothing applied. It would fail: %s", failure)
            if failure
            else self.env._(
                "Shadow run, nothing applied. It would write %s records.",
                len(effects),
            )
        )
        raise RehearsedError(text, effects=effects, failure=failure)

    def _is_shadow(self, flow):
        """Tell whether this message is only tried.

        A flow in shadow is live already for the plants and suppliers that were cut over;
        a message about several only when all of them were.
        """
        execution, live = self.env["integration.policy"]._get_execution(flow.policy_id)
        if execution != "shadow":
            return False
        if not live:
            return True
        parties = self.env["integration.handler"]._get_parties(self)
        return not any(
            named and {(domain, party) for party in named} <= live
            for domain, named in parties.items()
        )

    def _judge_order(self, flow, now):
        """What was only tried took its place in the stream; replayed, it is applied."""
        if flow.order.judges and self.replay_count and self._was_rehearsed():
            return APPLY
        return super()._judge_order(flow, now)

    def _was_rehearsed(self):
        runs = self.env["integration.shadow.run"]
        return bool(runs.search_count([("delivery_id", "=", self.id)], limit=1))

    def _keep_rehearsal(self, rehearsed):
        self.env["integration.shadow.run"]._keep(self, rehearsed)
        # The next one of its stream is judged as if this one had been applied: in shadow
        # as it will be live, and without a gap on the day of the cut-over.
        self._advance_order(self._get_flow())

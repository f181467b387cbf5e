import logging
from datetime import timedelta

from odoo import api, fields, models

from ..lib.retention import FOREVER, Kept, is_over
from . import integration_retention_queries as queries

_logger = logging.getLogger(__name__)

WINDOW = 500
# What is referred to, and what leaves together with it and so does not keep it.
LOG = ("integration.message", "integration.delivery")
OWN = ("integration.delivery", "integration.attempt", "integration.correction")


class IntegrationRetention(models.AbstractModel):
    """Lets messages go that were kept as long as their flows' policies say.

    By night, in small transactions: a message leaves with its deliveries, their attempts
    and corrections, and tombstones stay, so that the seals still fit. Its idempotency key
    goes with it: from then on the same key is a new message. A legal hold keeps what it
    covers, whatever a policy says; so does a record that names the message, or what was
    done with it, as its source. What cannot leave keeps nothing else from leaving.
    """

    _name = "integration.retention"
    _description = "Retention"

    @api.model
    def _cron_purge(self):
        """Walk the log once, window by window, and purge what is over."""
        shortest = self._find_shortest_days()
        if shortest is None:
            return
        position, end = 0, self._find_end()
        received_before = fields.Datetime.now() - timedelta(days=shortest)
        while window := queries.read_window(
            self.env.cr, position, end, received_before, WINDOW
        ):
            position = window[-1].message_id
            count = self._purge_apart(window)
            if not self.env["ir.cron"]._commit_progress(count):
                break

    @api.model
    def _find_shortest_days(self):
        policies = self.env["integration.policy"].search([("retention_days", ">", 0)])
        return min(policies.mapped("retention_days"), default=None)

    @api.model
    def _find_end(self):
        """Return the id up to which messages may leave: what is sealed, if anything is."""
        Seal = self.env["integration.seal"]
        if not Seal._get_keys():
            return self.env["integration.message"].search([], limit=1).id
        sealed = Seal.search(
            [("ledger", "=", "integration.message")], order="number desc", limit=1
        )
        return sealed.last_id

    @api.model
    def _purge_apart(self, window):
        """Purge a window; when something in it cannot leave, all but that.

        :returns: how many messages left.
        """
        try:
            with self.env.cr.savepoint():
                return self._purge_window(window)
        except Exception:
            if len(window) == 1:
                _logger.exception("Message %s cannot leave", window[0].message_id)
                return 0
        half = len(window) // 2
        return self._purge_apart(window[:half]) + self._purge_apart(window[half:])

    @api.model
    def _get_own_models(self):
        """Return the models whose rows leave with a delivery. A hook.

        Who adds one sees to it in ``_purge_work`` or by a cascading reference.
        """
        return OWN

    @api.model
    def _purge_window(self, window):
        """Purge what is over of some candidates. Returns how many messages left."""
        now = fields.Datetime.now()
        over = [row.message_id for row in window if is_over(self._judge(row), now)]
        kept = self._find_held(over) | self._find_referenced(over)
        messages = self.env["integration.message"].browse(
            [message_id for message_id in over if message_id not in kept]
        )
        self._purge(messages)
        return len(messages)

    @api.model
    def _judge(self, row):
        get_flow = self.env["integration.policy"]._get_flow
        systems = row.receivers if row.direction == "out" else [row.system_id]
        days = [
            get_flow(system_id or 0, row.contract_id).retention_days
            if row.contract_id
            else self._get_refused_days(system_id)
            for system_id in systems or [None]
        ]
        return Kept(days, row.is_settled, row.last_moment)

    @api.model
    def _get_refused_days(self, system_id):
        """Return the days that a request is kept which no contract could read."""
        policies = self.env["integration.policy"].search(
            [
                ("direction", "=", "in"),
                ("contract_code", "=", False),
                ("system_id", "in", (system_id, False)),
            ]
        )
        own = policies.filtered("system_id") or policies
        return own[:1].retention_days or FOREVER

    @api.model
    def _find_held(self, message_ids):
        """Return the messages that a legal hold covers."""
        messages = self.env["integration.message"].browse(message_ids)
        holds = self.env["integration.legal.hold"].search([])
        return {
            message.id
            for message in messages
            if any(hold._covers(message) for hold in holds)
        }

    @api.model
    def _find_referenced(self, message_ids):
        """Return the messages that business records name as their source for good."""
        found = set()
        own = self._get_own_models()
        for model in self.env.registry.values():
            if model._abstract or not model._auto or model._name in own:
                continue
            for field in model._fields.values():
                if (
                    field.type == "many2one"
                    and field.store
                    and field.comodel_name in LOG
                    and field.ondelete == "restrict"
                ):
                    find = queries.FINDERS[field.comodel_name]
                    found |= find(self.env.cr, model._table, field.name, message_ids)
        return found

    @api.model
    def _purge(self, messages):
        if not messages:
            return
        deliveries = self.env["integration.delivery"].search(
            [("message_id", "in", messages.ids)]
        )
        self._purge_work(deliveries)
        deliveries.unlink()
        self.env.flush_all()
        self.env["integration.tombstone"]._bury(messages)
        _logger.info("%s messages were kept long enough and left", len(messages))

    @api.model
    def _purge_work(self, deliveries):
        """Let go what was noted about deliveries that are about to leave. A hook."""
        about = [("delivery_id", "in", deliveries.ids)]
        for ledger in ("integration.attempt", "integration.correction"):
            self.env["integration.tombstone"]._bury(self.env[ledger].search(about))

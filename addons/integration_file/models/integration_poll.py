import hashlib
import json
from contextlib import closing
from datetime import UTC, datetime

import requests

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.integration_core.deadlines import Deadlines
from odoo.addons.integration_core.guarded_session import create_session
from odoo.addons.integration_core.lib.backoff import parse_retry_after
from odoo.addons.integration_core.lib.expression import (
    ExpressionError,
    compile_expression,
    select,
)
from odoo.addons.integration_core.lib.problems import Problem
from odoo.addons.integration_core.lib.strict_json import canonical

from .integration_feed_mixin import ACCEPTED, NotNowError, ThrottledError

TIMEOUT_SECONDS = 30
PAGE_MAX_SECONDS = 120
BODY_MAX = 16 * 1024 * 1024
PAGES_MAX = 100


class IntegrationPoll(models.Model):
    """A REST source that is asked for what is new, page by page.

    The cursor moves in the transaction that holds a page's messages: after a crash or a
    failure it goes on where it was, and what comes twice is recognised.
    """

    _name = "integration.poll"
    _inherit = ["integration.feed.mixin"]
    _description = "Polled Source"
    _order = "name"

    url = fields.Char(string="Address", required=True, tracking=True)
    cursor_parameter = fields.Char(
        default="since", help="Name in the address under which the cursor is sent."
    )
    cursor = fields.Char(copy=False, help="Where to go on; empty: from the beginning.")
    items_expression = fields.Char(
        string="Items", required=True, default="items", help="JMESPath to the list."
    )
    cursor_expression = fields.Char(
        string="Next cursor",
        help="JMESPath to the cursor of the next page, in the answer.",
    )
    id_expression = fields.Char(
        string="Identity",
        help="JMESPath to what tells items apart; empty: their whole content.",
    )
    time_expression = fields.Char(
        string="Time", help="JMESPath to when it happened, as RFC 3339."
    )

    @api.constrains(
        "items_expression", "cursor_expression", "id_expression", "time_expression"
    )
    def _check_poll_expressions(self):
        for poll in self:
            for name in ("items", "cursor", "id", "time"):
                try:
                    compile_expression(poll[f"{name}_expression"] or "@")
                except ExpressionError as error:
                    raise ValidationError(str(error)) from error

    @api.constrains("url")
    def _check_url(self):
        for poll in self:
            if not poll.url.startswith(("https://", "http://")):
                raise ValidationError(self.env._("The address begins with https://."))

    def _run(self):
        networks = self.env["integration.allowed.network"]._get_networks(
            self.system_id.environment
        )
        deadlines = Deadlines()
        with closing(deadlines), create_session(networks, connections=1) as session:
            secret = self._get_secret()
            if secret:
                session.headers["Authorization"] = f"Bearer {secret}"
            session.headers["Accept"] = "application/json"
            for _number in range(PAGES_MAX):
                # Each byte begins the time-out anew: a page has an end of its own.
                with deadlines.limit(PAGE_MAX_SECONDS) as exchange:
                    page = self._fetch_in_time(session, exchange)
                if not self._take_page(page):
                    return

    def _fetch_in_time(self, session, exchange):
        try:
            return self._fetch(session)
        except Exception as error:
            if not exchange.is_over:
                raise
            raise UserError(
                self.env._("A page took longer than %s s.", PAGE_MAX_SECONDS)
            ) from error

    def _take_page(self, page):
        """Take one page in. Returns whether there may be another."""
        items = self._find(self.items_expression, page) or []
        if not isinstance(items, list):
            raise UserError(self.env._("The items of the answer are not a list."))
        following = self.cursor_expression and self._find(self.cursor_expression, page)
        following = str(following) if following is not None and following else False
        moved = bool(following) and following != self.cursor
        events, refused = self._prepare_items(items)
        settled = set(self.progress or ())
        events = [event for event in events if event["id"] not in settled]
        try:
            answers = self._admit_page(events, following if moved else None)
        except ThrottledError as error:
            # Those would cost the allowance again and leave nothing of it for the rest.
            ids = [event["id"] for event in events[: len(error.answers)]]
            self.progress = [*settled, *ids]
            self._tell_refused(*_find_refused(error.answers))
            raise
        self.progress = False
        self._tell_refused(*_find_refused(refused + answers))
        self.env.cr.commit()
        return moved and bool(items)

    def _admit_page(self, events, following):
        """Admit a page; the cursor moves in the transaction of its last event.

        :param following: the next cursor; None: it stays where it is.
        """
        if following is None:
            return self._admit(events)
        answers = self._admit(events[:-1])
        self.cursor = following
        self.env.flush_all()
        try:
            return answers + self._admit(events[-1:])
        except ThrottledError as error:
            raise ThrottledError(answers + error.answers) from error

    def _prepare_items(self, items):
        """Return ``(events, answers to those items that cannot become one)``."""
        events, refused = [], []
        for item in items:
            try:
                events.append(self._prepare_item(item))
            except ExpressionError as error:
                problem = Problem(
                    422, "transformation-failed", "Not what was expected", str(error)
                )
                raw = json.dumps(item).encode()
                refused.append(self._refuse(self._get_caller(), raw, problem))
        return events, refused

    def _fetch(self, session):
        parameters = (
            {self.cursor_parameter: self.cursor}
            if self.cursor and self.cursor_parameter
            else {}
        )
        url = self.url
        # No transaction is held while the far side takes its time.
        self.env.cr.commit()
        response = session.get(
            url, params=parameters, timeout=TIMEOUT_SECONDS, allow_redirects=False,
            stream=True,
        )
        with response:
            if response.status_code != requests.codes.ok:
                raise NotNowError(
                    self.env._("The source answered %s.", response.status_code),
                    parse_retry_after(
                        response.headers.get("Retry-After"), datetime.now(UTC)
                    ),
                )
            body = response.raw.read(BODY_MAX + 1, decode_content=True)
        if len(body) > BODY_MAX:
            raise UserError(self.env._("A page is larger than %s bytes.", BODY_MAX))
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise UserError(
                self.env._("The answer is not JSON: %s", error)
            ) from error

    def _find(self, expression, value):
        # What of it can be kept is asked of each item by itself.
        return select(compile_expression(expression), value)

    def _prepare_item(self, item):
        identity = self.id_expression and self._find(self.id_expression, item)
        text = canonical(item)
        event_id = (
            str(identity)
            if identity
            else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]
        )
        moment = self.time_expression and self._find(self.time_expression, item)
        event = self._prepare_event(
            item, event_id, moment or datetime.now(UTC).isoformat(timespec="seconds")
        )
        if not moment:
            del event["time"]  # it would not be the same the next time
        return event


def _find_refused(answers):
    """Return ``(why the first was refused, how many were)``."""
    refused = [answer.body for answer in answers if answer.status != ACCEPTED]
    return (str(refused[0].get("detail") or refused[0]) if refused else "", len(refused))

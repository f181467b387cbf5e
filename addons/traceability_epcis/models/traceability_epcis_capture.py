import uuid

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.integration_core.log_fields import LogReference

from ..lib.faults import Fault
from ..lib.reading import read_document, sameness
from . import traceability_epcis_queries as queries
from .traceability_epcis_source import to_microseconds, utc_now


class CaptureRefused(Exception):
    """A document that is not captured at all.

    :param conflict: whether it is well made, and contradicts what is on record.
    """

    def __init__(self, faults, *, conflict=False):
        super().__init__("; ".join(f"{f.pointer} {f.detail}" for f in faults[:3]))
        self.faults = faults
        self.conflict = conflict


class TraceabilityEpcisCapture(models.Model):
    """One document that was captured: who sent it, what became of its events.

    A document is worked off before it is acknowledged; a job is finished when it is
    first seen.
    """

    _name = "traceability.epcis.capture"
    _inherit = ["append.only.mixin", "integration.sealed.mixin"]
    _description = "EPCIS Capture Job"
    _order = "id desc"
    _rec_name = "uuid"
    _log_access = False
    _sealed_columns = (
        "uuid",
        "created_at",
        "finished_at",
        "success",
        "error_behaviour",
        "event_count",
        "known_count",
        "errors",
        "header",
        "system_id",
        "company_id",
    )

    uuid = fields.Char(string="Job", required=True, readonly=True)
    created_at = fields.Datetime(required=True, readonly=True)
    finished_at = fields.Datetime(required=True, readonly=True)
    success = fields.Boolean(readonly=True)
    error_behaviour = fields.Selection(
        [("rollback", "All or nothing"), ("proceed", "What is well made")],
        required=True,
        readonly=True,
        default="rollback",
        string="On errors",
    )
    event_count = fields.Integer(string="Events", readonly=True)
    known_count = fields.Integer(
        string="Already on record", readonly=True, help="The same event, sent again."
    )
    errors = fields.Json(readonly=True)
    errors_text = fields.Text(compute="_compute_texts", string="Refused events")
    header = fields.Json(readonly=True, help="Master data that came with the events.")
    header_text = fields.Text(compute="_compute_texts", string="Master data")
    system_id = LogReference("integration.system", readonly=True, index=True)
    company_id = LogReference("res.company", required=True, readonly=True)
    event_ids = fields.One2many("traceability.epcis.event", "capture_id")

    _uuid_unique = models.UniqueIndex("(uuid)")

    def _get_written_at_sql(self):
        return SQL.identifier("created_at")

    def _compute_texts(self):
        for job in self:
            job.errors_text = queries.pretty(job.errors) if job.errors else False
            job.header_text = queries.pretty(job.header) if job.header else False

    @api.model
    def _capture(self, document, system, *, behaviour="rollback"):
        """Put the events of a document on record, once.

        :param document: parsed JSON: a document, the answer to a query, or one event.
        :param system: ``integration.system`` that sent it; its company owns the events.
        :param behaviour: ``rollback`` or ``proceed``, as ``GS1-Capture-Error-Behaviour``.
        :returns: the job
        :raises CaptureRefused: with what is wrong; nothing was written then.
        """
        self.check_access("create")
        created_at = utc_now()
        reading = read_document(document)
        if reading.shell or (reading.faults and behaviour == "rollback"):
            raise CaptureRefused(reading.faults)
        kept = [
            (read.keep(), read.pointer) for read in reading.events if not read.faults
        ]
        fresh, known, conflicts = self._compare_with_record(kept, system.company_id)
        if conflicts and behaviour == "rollback":
            raise CaptureRefused(conflicts, conflict=True)
        faults = [*reading.faults, *conflicts]
        job = self.create(
            {
                "uuid": str(uuid.uuid4()),
                "created_at": created_at.replace(microsecond=0),
                "finished_at": utc_now().replace(microsecond=0),
                "success": not faults,
                "error_behaviour": behaviour,
                "event_count": len(fresh),
                "known_count": known,
                "errors": [{"pointer": f.pointer, "detail": f.detail} for f in faults],
                "header": dict(reading.header),
                "system_id": system.id,
                "company_id": system.company_id.id,
            }
        )
        job._insert_events(fresh, created_at)
        job.event_ids._join_genealogy(
            system.company_id, [event.event_id for event in fresh]
        )
        return job

    def _compare_with_record(self, kept, company):
        """Return ``(events to write, number of known ones, faults)``."""
        recorded = {
            key: sameness(body)
            for key, body in queries.find_recorded(
                self.env.cr, company.id, [event.event_id for event, _pointer in kept]
            ).items()
        }
        fresh, known, conflicts = [], 0, []
        for event, pointer in kept:
            key = (event.event_id, event.declared)
            body = sameness(event.body)
            if key not in recorded:
                recorded[key] = body
                fresh.append(event)
            elif recorded[key] == body:
                known += 1
            else:
                conflicts.append(
                    Fault(
                        f"{pointer}/eventID",
                        "Another event is on record under this id. Declare that one an "
                        "error, and send this one under an id of its own.",
                    )
                )
        return fresh, known, conflicts

    def _insert_events(self, events, moment):
        self.ensure_one()
        self.flush_recordset()
        record_time = to_microseconds(moment)
        rows = [
            {
                "event_id": event.event_id,
                "declared": event.declared,
                "event_type": event.type,
                "event_time": event.moment,
                "record_time": record_time,
                "body": event.body,
                "context": list(event.context),
                "terms": list(event.terms),
                "system_id": self.system_id.id,
                "company_id": self.company_id.id,
                "capture_id": self.id,
            }
            for event in events
        ]
        if rows:
            queries.insert_events(self.env.cr, rows)
        self.invalidate_recordset(["event_ids"])

    @api.model
    def _capture_event(self, document, system):
        """Put one event on record, once. Returns it, new or known.

        :raises CaptureRefused: see `_capture`.
        """
        self._capture(document, system)
        kept = read_document(document).events[0].keep()
        return self.env["traceability.epcis.event"].search(
            [
                ("company_id", "=", system.company_id.id),
                ("event_id", "=", kept.event_id),
                ("declared", "=", kept.declared),
            ]
        )

    @api.model
    def _find_headers(self):
        """Return the master data of all documents that the caller may see."""
        return self.search([("header", "!=", False)]).mapped("header")

    def _prepare_status(self):
        """Return the job as EPCIS 2.0 has it (``CaptureJob``)."""
        self.ensure_one()
        return {
            "captureID": self.uuid,
            "createdAt": f"{self.created_at.isoformat()}Z",
            "finishedAt": f"{self.finished_at.isoformat()}Z",
            "running": False,
            "success": self.success,
            "captureErrorBehaviour": self.error_behaviour,
            "errors": [
                {
                    "type": "urn:problem:epcis-event-refused",
                    "title": "The event was refused",
                    "detail": f"{error['pointer']}: {error['detail']}",
                }
                for error in self.errors or ()
            ],
        }

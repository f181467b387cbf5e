from odoo import http
from odoo.http import request

from .. import intake
from ..lib.envelope import (
    BATCH_CONTENT_TYPE,
    BINARY_CONTENT_TYPE,
    BINARY_MARK,
    CONTENT_TYPE,
    write_moment,
)
from ..lib.problems import Problem
from .requests import prepare_too_large, read_body, require_method
from .responses import answers_problems, json_response
from .unavailable import ROOT

MAX_BODY_BYTES = 1024 * 1024
MAX_BATCH_BYTES = 8 * 1024 * 1024
# Beyond this a body is not even read to find out who sent it.
READ_MAX_BYTES = 16 * 1024 * 1024
MULTI_STATUS = 207

# Machines have no session and no browser. Methods are checked in here, so that also a
# wrong one is answered with problem details.
MACHINE_ROUTE = {
    "type": "machine",
    "auth": "none",
    "csrf": False,
    "save_session": False,
    "readonly": False,
    "max_content_length": READ_MAX_BYTES,
}


class MessagesController(http.Controller):
    @http.route(f"{ROOT}/health", **MACHINE_ROUTE | {"readonly": True})
    @answers_problems
    def health(self, **_parameters):
        """Say whether messages are accepted; for load balancers and monitors."""
        require_method("GET", "HEAD")
        request.env.cr.execute("SELECT 1")
        return json_response(200, {"status": "pass", "version": "1"})

    @http.route(f"{ROOT}/<string:system>/messages", **MACHINE_ROUTE)
    @answers_problems
    def receive(self, system, **_parameters):
        """Admit one event."""
        require_method("POST")
        headers = request.httprequest.headers
        # The content type decides; what is structured may repeat attributes as headers.
        structured = request.httprequest.mimetype == CONTENT_TYPE
        binary = BINARY_MARK in headers and not structured
        content_type = BINARY_CONTENT_TYPE if binary else CONTENT_TYPE
        caller, body = self._open(system, content_type, MAX_BODY_BYTES)
        answer = intake.admit_event(
            request.env,
            caller,
            body,
            idempotency_key=headers.get("Idempotency-Key"),
            binary_headers=headers.items() if binary else None,
            status_url=self._status_url(system),
        )
        response = json_response(answer.status, answer.body, answer.headers)
        if answer.status != intake.ACCEPTED:
            response.headers["Content-Type"] = "application/problem+json"
        return response

    @http.route(f"{ROOT}/<string:system>/messages/batch", **MACHINE_ROUTE)
    @answers_problems
    def receive_batch(self, system, **_parameters):
        """Admit many events, each on its own."""
        require_method("POST")
        caller, body = self._open(system, BATCH_CONTENT_TYPE, MAX_BATCH_BYTES)
        return self._answer_batch(system, caller, body)

    def _answer_batch(self, system, caller, body, read=bytes):
        """Admit many events, each on its own. Returns the response.

        :param body: kept as it came where all of it is refused.
        :param read: function from the body to the JSON array of its events, as bytes;
            may raise ``Problem``.
        """
        try:
            answers = intake.admit_batch(
                request.env, caller, read(body), status_url=self._status_url(system)
            )
        except Problem as problem:
            intake.record_refusal(request.env, caller, body, problem)
            raise
        return json_response(
            MULTI_STATUS,
            {"results": [self._prepare_result(answer) for answer in answers]},
        )

    @http.route(f"{ROOT}/<string:system>/messages/<string:uuid>", **MACHINE_ROUTE)
    @answers_problems
    def status(self, system, uuid, **_parameters):
        """Tell the sender what became of a message of theirs."""
        require_method("GET", "HEAD")
        caller = request.env["integration.system"]._authenticate_request(
            request.httprequest, b"", system
        )
        # As the service user: record rules show a system its own messages only.
        env = caller.get_environment(request.env)
        message = env["integration.message"].search(
            [
                ("uuid", "=", uuid),
                ("system_id", "=", caller.system_id),
            ],
            limit=1,
        )
        if not message:
            self._refuse_purged(caller, uuid)
            raise Problem(
                404,
                "unknown-message",
                "There is no such message",
                "This system has sent no message with this id.",
            )
        return json_response(200, self._prepare_status(message))

    def _refuse_purged(self, caller, uuid):
        """Say of a message that it was settled and kept long enough.

        :raises Problem: 410.
        """
        # The caller's own only; no machine reads what auditors do.
        stone = request.env["integration.tombstone"].sudo()
        if stone.search_count(
            [("name", "=", uuid), ("system_id", "=", caller.system_id)], limit=1
        ):
            raise Problem(
                410,
                "message-purged",
                "The message is no longer kept",
                "It was settled, and was kept as long as its policy says.",
            )

    @http.route(f"{ROOT}/<path:rest>", **MACHINE_ROUTE | {"readonly": True})
    @answers_problems
    def unknown(self, rest, **_parameters):
        """Answer as a machine expects it where there is nothing."""
        raise Problem(
            404,
            "unknown-address",
            "There is nothing at this address",
            f"Post events to {ROOT}/<system>/messages.",
        )

    def _open(self, system, content_type, max_bytes):
        """Authenticate, then check the form of the request; in this order."""
        httprequest = request.httprequest
        body = read_body(max_bytes)
        caller = request.env["integration.system"]._authenticate_request(
            httprequest, body, system
        )
        problem = None
        if len(body) > max_bytes:
            problem = prepare_too_large(max_bytes)
        elif httprequest.mimetype != content_type:
            problem = Problem(
                415,
                "unsupported-media-type",
                "This content type is not supported",
                f"Send 'Content-Type: {content_type}'.",
                headers={"Accept-Post": content_type},
            )
        if problem:
            intake.record_refusal(request.env, caller, body, problem)
            raise problem
        return caller, body

    def _status_url(self, system):
        httprequest = request.httprequest
        root = f"{httprequest.scheme}://{httprequest.host}{ROOT}/{system}/messages"
        return lambda uuid: f"{root}/{uuid}"

    def _prepare_result(self, answer):
        result = {"id": answer.event_id, "status": answer.status}
        if answer.status != intake.ACCEPTED:
            return result | answer.body
        if "Idempotency-Replayed" in answer.headers:
            result["replayed"] = True
        # Headers tell of the whole answer; each event's contract has its own end.
        for name in ("Deprecation", "Sunset"):
            if name in answer.headers:
                result[name.lower()] = answer.headers[name]
        return result | answer.body

    def _prepare_status(self, message):
        status = {
            "message": message.uuid,
            "type": message.contract_code or None,
            "state": "refused",
            "received_at": write_moment(message.received_at),
            "finished_at": None,
            "attempts": 0,
            "result": None,
            "problem": message.problem or None,
        }
        if message.delivery_ids:
            status |= message.delivery_ids[0]._prepare_status()
            if status["finished_at"]:
                status["finished_at"] = write_moment(status["finished_at"])
        return status

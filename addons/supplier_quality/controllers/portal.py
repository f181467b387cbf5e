from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

ACTION = "quality.corrective.action"
PAGE_SIZE = 20
MAX_FILES = 10
MAX_FILE_BYTES = 20 * 1024 * 1024


class QualityPortal(CustomerPortal):
    """The supplier's side of corrective actions.

    Everything is read with the rights of whoever is signed in: record rules show a
    supplier its own, sent, actions, and nothing else.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "corrective_action_count" in counters:
            Action = request.env[ACTION]
            values["corrective_action_count"] = (
                Action.search_count([]) if Action.has_access("read") else 0
            )
        return values

    @http.route(
        ["/my/corrective-actions", "/my/corrective-actions/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_corrective_actions(self, page=1, **_kwargs):
        Action = request.env[ACTION]
        pages = pager(
            "/my/corrective-actions", Action.search_count([]), page, step=PAGE_SIZE
        )
        actions = Action.search(
            [], order="state desc, id desc", limit=PAGE_SIZE, offset=pages["offset"]
        )
        values = {
            "actions": actions,
            "page_name": "corrective_action",
            "pager": pages,
            "default_url": "/my/corrective-actions",
        }
        return request.render("supplier_quality.portal_corrective_actions", values)

    @http.route(
        "/my/corrective-actions/<int:action_id>", type="http", auth="user", website=True
    )
    def portal_corrective_action(self, action_id, error="", done="", **_kwargs):
        try:
            action = self._find_action(action_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        # A supplier reads no nonconformances. It is shown those of its action that are no
        # other supplier's: which ones are linked is up to people.
        supplier = action.sudo().partner_id.commercial_partner_id
        values = {
            "action": action,
            "nonconformances": action.sudo().nonconformance_ids.filtered(
                lambda one: one.partner_id.commercial_partner_id <= supplier
            ),
            "page_name": "corrective_action",
            "error": error,
            "done": done,
        }
        return request.render("supplier_quality.portal_corrective_action", values)

    @http.route(
        "/my/corrective-actions/<int:action_id>/<string:code>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_answer(self, action_id, code, **form):
        try:
            action = self._find_action(action_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        step = action.step_ids.filtered(lambda one: one.code == code)
        outcome = {"done": code}
        try:
            # A savepoint: what was refused leaves nothing behind.
            with request.env.cr.savepoint():
                self._answer(step, form)
        except UserError as error:
            outcome = {"error": str(error)}
        return request.redirect_query(f"/my/corrective-actions/{action_id}", outcome)

    @http.route(
        "/my/corrective-actions/<int:action_id>/files/<int:attachment_id>",
        type="http",
        auth="user",
        website=True,
    )
    def portal_file(self, action_id, attachment_id, **_kwargs):
        try:
            action = self._find_action(action_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        # Access to the action was checked; its files are read through it.
        files = action.step_ids.sudo().attachment_ids
        attachment = files.filtered(lambda one: one.id == attachment_id)
        if not attachment:
            return request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(attachment)
        return stream.get_response(as_attachment=True)

    def _find_action(self, action_id):
        """:raises AccessError, MissingError: not this supplier's, or there is none."""
        action = request.env[ACTION].browse(action_id).exists()
        if not action:
            raise MissingError(request.env._("There is no such corrective action."))
        action.check_access("read")
        return action

    def _answer(self, step, form):
        if not step:
            raise UserError(request.env._("There is no such step."))
        codes = step.answer_ids.mapped("code")
        self._attach(step)
        step._answer(
            {code: form[code] for code in codes if code in form},
            submit=form.get("submit") == "1",
        )

    def _attach(self, step):
        files = [
            one for one in request.httprequest.files.getlist("files") if one.filename
        ]
        if not files:
            return
        # Access to the step was checked; its files are read and kept through it.
        step.sudo()._check_answerable()
        if len(files) + len(step.sudo().attachment_ids) > MAX_FILES:
            raise UserError(request.env._("A step takes %s files at most.", MAX_FILES))
        for one in files:
            content = one.read(MAX_FILE_BYTES + 1)
            if len(content) > MAX_FILE_BYTES:
                raise UserError(
                    request.env._("'%s' is larger than 20 MB.", one.filename)
                )
            # As above: on this step and nothing else.
            request.env["ir.attachment"].sudo().create(
                {
                    "name": one.filename,
                    "raw": content,
                    "res_model": step._name,
                    "res_id": step.id,
                }
            )

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError

from ..edge_agent.signals.filter import SignalFilter
from ..lib.samples import SampleError, read_samples
from ..lib.signal_picture import draw

SAMPLES_MAX = 100_000
EMISSIONS_SHOWN = 500


class MesSignalPreview(models.TransientModel):
    """Shows what a rule makes of pasted samples: what is told, what is dropped and why."""

    _name = "mes.signal.preview"
    _description = "Preview of a signal rule"

    rule_id = fields.Many2one("mes.signal.rule", required=True, ondelete="cascade")
    samples = fields.Text(
        help="A moment and a value a line, separated by a comma, semicolon or tab.",
    )
    picture = fields.Html(readonly=True, sanitize=False)
    summary = fields.Char(readonly=True)
    account_ids = fields.One2many("mes.signal.preview.account", "preview_id")
    emission_ids = fields.One2many("mes.signal.preview.emission", "preview_id")

    def action_run(self):
        """Apply the rule, and show the result in the same dialog."""
        self.ensure_one()
        try:
            samples = read_samples(self.samples or "", SAMPLES_MAX)
        except SampleError as error:
            raise UserError(str(error)) from error
        rule = self.rule_id._read()
        signals = SignalFilter([rule])
        emissions = [e for at, value in samples for e in signals.take(*rule.key, at, value)]
        emissions += signals.flush()
        account = signals.get_accounts()[rule.key]
        self.write(self._prepare_result_vals(rule, samples, emissions, account))
        return self._get_action()

    def _prepare_result_vals(self, rule, samples, emissions, account):
        return {
            "summary": self.env._(
                "%(samples)s samples, %(messages)s messages",
                samples=account.taken,
                messages=len(emissions),
            ),
            # Numbers only: nothing that was pasted is in it.
            "picture": Markup(draw(rule, samples, emissions)),
            "account_ids": [
                fields.Command.clear(),
                fields.Command.create({"fate": "kept", "count": account.kept}),
                *(
                    fields.Command.create({"fate": reason, "count": count})
                    for reason, count in account.dropped.most_common()
                    if count
                ),
            ],
            "emission_ids": [
                fields.Command.clear(),
                *(
                    fields.Command.create(self._prepare_emission_vals(emission))
                    for emission in emissions[:EMISSIONS_SHOWN]
                ),
            ],
        }

    def _prepare_emission_vals(self, emission):
        return {
            "kind": emission.kind,
            "begin_at": _to_datetime(emission.begin),
            "end_at": _to_datetime(emission.end),
            "content": ", ".join(
                f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
                for name, value in emission.values.items()
                if value is not None
            ),
        }

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview of %s", self.rule_id.display_name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


def _to_datetime(seconds):
    moment = fields.Datetime.to_datetime("1970-01-01")
    return fields.Datetime.add(moment, seconds=int(seconds))


class MesSignalPreviewAccount(models.TransientModel):
    """How many samples had one fate."""

    _name = "mes.signal.preview.account"
    _description = "Fate of samples"

    preview_id = fields.Many2one("mes.signal.preview", ondelete="cascade")
    count = fields.Integer()
    fate = fields.Selection(
        [
            ("kept", "Told at once"),
            ("aggregated", "Part of a window"),
            ("unchanged", "Dropped: says what the one before said"),
            ("deadband", "Dropped: within the deadband"),
            ("debounce", "Dropped: did not last"),
            ("pending", "May still last"),
            ("late", "Dropped: older than one before, or the same"),
            ("invalid", "Dropped: no number"),
        ]
    )


class MesSignalPreviewEmission(models.TransientModel):
    """One message that the rule makes."""

    _name = "mes.signal.preview.emission"
    _description = "Message of a signal rule"

    preview_id = fields.Many2one("mes.signal.preview", ondelete="cascade")
    kind = fields.Selection(
        [
            ("aggregate", "Aggregate"),
            ("count", "Count"),
            ("change", "Change"),
            ("threshold", "Threshold"),
        ]
    )
    begin_at = fields.Datetime()
    end_at = fields.Datetime()
    content = fields.Char()

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..lib.reconciliation import KEY_COLUMNS


class IntegrationReconciliationSource(models.AbstractModel):
    """Base of what a bridge brings to reconcile a domain: how to read our side.

    A figure is found by up to four record ids (0 where one does not apply) and the
    name of a measure. Both sides speak of them in the same order and in our units.
    """

    _name = "integration.reconciliation.source"
    _description = "Reconciliation Source"

    @api.model
    def _get_key_models(self) -> tuple[str, ...]:
        """Return the models of the ids in a key, in their order; at most four."""
        raise NotImplementedError

    @api.model
    def _read_ours(self, run) -> SQL:
        """Return the query for our figures as they were at ``run.as_of``.

        Columns ``key_1, key_2, key_3, key_4, measure, quantity``; one row per key and
        measure, nothing outside of what the snapshot covers. Flush what it reads.

        :param run: one ``integration.reconciliation``.
        """
        raise NotImplementedError

    @api.model
    def _propose_correction(self, discrepancy) -> str | bool:
        """Say what `_apply_correction` would do; False where it can do nothing. A hook."""
        return False

    @api.model
    def _apply_correction(self, discrepancy) -> str:
        """Correct our side of one discrepancy, as the present user. A hook.

        :returns: what was done, for people.
        :raises UserError: where it has to be made by hand.
        """
        raise UserError(
            self.env._(
                "Odoo cannot correct '%s' by itself: make the correction by hand, then "
                "mark it as corrected.",
                discrepancy.name,
            )
        )

    @api.model
    def _describe_keys(self, discrepancies) -> dict[int, str]:
        """Return ``{id of the discrepancy: what it is about, for people}``."""
        models_and_columns = list(
            zip(self._get_key_models(), KEY_COLUMNS, strict=False)
        )
        for model, column in models_and_columns:
            # One query per model, not per discrepancy.
            ids = set(discrepancies.mapped(column)) - {0}
            self.env[model].browse(ids).exists().mapped("display_name")
        return {
            discrepancy.id: " · ".join(
                self._describe_record(model, discrepancy[column])
                for model, column in models_and_columns
                if discrepancy[column]
            )
            for discrepancy in discrepancies
        }

    @api.model
    def _describe_record(self, model, record_id):
        record = self.env[model].browse(record_id).exists()
        return record.display_name if record else f"{model} {record_id}"

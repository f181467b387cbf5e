from odoo import api, models
from odoo.exceptions import AccessError


class TraceabilityGuardMixin(models.AbstractModel):
    """Fields that only the methods of a model write, never a form, import or call.

    The methods check who may do what, then write with ``sudo()``.
    """

    _name = "traceability.guard.mixin"
    _description = "Guarded Record of Traceability"

    _guarded_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            return super().create(vals_list)
        for vals in vals_list:
            self._check_guarded_fields(vals)
        # A context can carry defaults: they are no way around the guard either.
        keys = {f"default_{name}" for name in self._guarded_fields}
        kept = {key: val for key, val in self.env.context.items() if key not in keys}
        model = self.with_context(kept)  # pylint: disable=context-overridden
        return super(TraceabilityGuardMixin, model).create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_guarded_fields(vals)
        return super().write(vals)

    def _check_guarded_fields(self, vals):
        """:raises AccessError: names the field."""
        for name in sorted(self._guarded_fields & vals.keys()):
            raise AccessError(
                self.env._(
                    "'%(field)s' of %(model)s follows from what is done with its buttons "
                    "and cannot be written.",
                    field=self._fields[name]._description_string(self.env),
                    model=self.env["ir.model"]._get(self._name).name,
                )
            )

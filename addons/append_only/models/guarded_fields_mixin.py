from odoo import api, models
from odoo.exceptions import AccessError


class GuardedFieldsMixin(models.AbstractModel):
    """Fields that only the methods of a model write, never a form, import or call.

    The methods check who may do what, then write with ``sudo()``.
    """

    _name = "guarded.fields.mixin"
    _description = "Record with Guarded Fields"

    _guarded_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            return super().create([self._complete_create_vals(one) for one in vals_list])
        for vals in vals_list:
            self._check_guarded_fields(vals)
        model = self._without_guarded_defaults()
        defaults = model._get_guarded_defaults()
        vals_list = [
            {**defaults, **model._complete_create_vals(vals)} for vals in vals_list
        ]
        return super(GuardedFieldsMixin, model).create(vals_list)

    def _get_guarded_defaults(self):
        """Return what the model itself starts with; users can have defaults of their own."""
        defaults = {}
        for name in self._guarded_fields:
            field = self._fields[name]
            if field.compute or field.type in ("one2many", "many2many"):
                continue
            value = field.default(self) if field.default else False
            value = field.convert_to_cache(value, self, validate=False)
            value = field.convert_to_record(value, self)
            defaults[name] = field.convert_to_write(value, self)
        return defaults

    def _complete_create_vals(self, vals):
        """Hook: values to create a record with, once the caller's are checked."""
        return vals

    def write(self, vals):
        if not self.env.su:
            self._check_guarded_fields(vals)
        return super().write(vals)

    def _without_guarded_defaults(self):
        """A context can carry defaults: they are no way around the guard either."""
        keys = {f"default_{name}" for name in self._guarded_fields}
        kept = {key: val for key, val in self.env.context.items() if key not in keys}
        # Keys are taken out, which keyword arguments cannot do.
        return self.with_context(kept)  # pylint: disable=context-overridden

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

from datetime import date, datetime

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib.envelope import write_moment


class IntegrationPublishMember(models.Model):
    """One member of the payload that a server action publishes."""

    _name = "integration.publish.member"
    _description = "Member of a Published Payload"
    _order = "sequence, id"

    action_id = fields.Many2one(
        "ir.actions.server", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(
        string="Member", required=True, help="Dots nest: supplier.code."
    )
    field_path = fields.Char(help="From the record, such as partner_id.ref.")
    constant = fields.Char(help="Where there is no field.")

    @api.constrains("field_path", "constant", "action_id")
    def _check_path(self):
        for member in self:
            if bool(member.field_path) == bool(member.constant):
                raise ValidationError(
                    self.env._(
                        "'%s' takes its value from a field or is a constant, one of both.",
                        member.name,
                    )
                )
            if member.field_path:
                member._check_fields()

    @api.constrains("name", "action_id")
    def _check_names(self):
        """Refuse a name that another one of the payload replaces, or is nested in."""
        for action in self.action_id:
            names = sorted(action.integration_member_ids.mapped("name"))
            for number, name in enumerate(names):
                if not all(part.strip() for part in name.split(".")):
                    raise ValidationError(
                        self.env._("'%s' leaves a name between dots empty.", name)
                    )
                for other in names[number + 1 :]:
                    if other == name or other.startswith(f"{name}."):
                        raise ValidationError(
                            self.env._(
                                "'%(one)s' and '%(other)s' are the same member of the "
                                "payload.",
                                one=name,
                                other=other,
                            )
                        )

    def _check_fields(self):
        """Refuse a path that does not exist, or leads to what not everybody may read."""
        model = self.env[self.action_id.model_id.model]
        for name in self.field_path.split("."):
            field = model._fields.get(name) if model is not None else None
            if field is None:
                raise ValidationError(
                    self.env._(
                        "'%(member)s': there is no field '%(path)s' from %(model)s.",
                        member=self.name,
                        path=self.field_path,
                        model=self.action_id.model_id.name,
                    )
                )
            if field.groups:
                raise ValidationError(
                    self.env._(
                        "'%(member)s': '%(field)s' is not for everybody to read, and "
                        "whoever triggers the action publishes it.",
                        member=self.name,
                        field=name,
                    )
                )
            model = self.env[field.comodel_name] if field.relational else None

    def _get_value(self, record):
        """Return the value as JSON has it: moments in RFC 3339, records by name."""
        if not self.field_path:
            return self.constant
        *path, name = self.field_path.split(".")
        owner = record.mapped(".".join(path)) if path else record
        if len(owner) != 1:
            if not owner:
                return None
            raise UserError(
                self.env._(
                    "'%(path)s' leads to several records; an event needs one value.",
                    path=self.field_path,
                )
            )
        return _as_json(owner._fields[name], owner[name])


def _as_json(field, value):
    if isinstance(value, models.BaseModel):
        names = value.mapped("display_name")
        return names if field.type in ("one2many", "many2many") else (names or [None])[0]
    if value is False and field.type != "boolean":
        return None
    if isinstance(value, datetime):
        return write_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value

"""The access matrix: who may do what with which model, and in which company.

Every addon keeps its part in ``tests/access_matrix.csv``, one line per model:

| column | what stands there |
|---|---|
| `model` | name of the model |
| `company` | path to the company; `common`: of all; `personal`: a wizard, of one user |
| one per role | the operations, of `crwd` (create, read, write, delete); empty: none |
| `others` | further groups, as `xmlid:operations`, separated by spaces |

What stands under a role is the outcome, with all groups that it brings along. A user
with further groups may do what each of them may.
"""

import csv
import itertools

from odoo.modules import Manifest
from odoo.tests import new_test_user
from odoo.tools import SQL, file_open

AUTHOR = "Odoo Integration Suite contributors"
FOR_TESTS = "Hidden/Tests"
FILE = "tests/access_matrix.csv"
OPERATIONS = {"c": "create", "r": "read", "w": "write", "d": "unlink"}
NUMBERS = ("integer", "bigint", "numeric", "double precision")
COMMON, PERSONAL = "common", "personal"
ROLES = {
    role: f"integration_core.integration_core_group_{role}"
    for role in ("operator", "manager", "approver", "auditor", "service")
} | {"employee": "base.group_user"}
COLUMNS = ("model", "company", *ROLES, "others")


def find_models(env):
    """Return the names of all models that our installed addons define."""
    installed = env["ir.module.module"].search([("state", "=", "installed")])
    ours = {
        module.name
        for module in installed
        if module.author == AUTHOR
        and Manifest.for_addon(module.name)["category"] != FOR_TESTS
    }
    return sorted(
        name
        for name, model in env.registry.items()
        if model._original_module in ours and not model._abstract
    )


def read_matrix(env):
    """Return ``{model: line}`` of every addon that defines one of our models."""
    matrix = {}
    for addon in {env[name]._original_module for name in find_models(env)}:
        try:
            with file_open(f"{addon}/{FILE}") as file:
                matrix |= {line["model"]: line for line in csv.DictReader(file)}
        except FileNotFoundError:
            continue
    return matrix


def read_grants(line):
    """Return ``{group: operations}`` of a line, roles and others alike."""
    others = dict(part.rsplit(":", 1) for part in line["others"].split())
    return {xmlid: line[role] or "" for role, xmlid in ROLES.items()} | others


def find_groups(env):
    """Return the external ids of the roles and of all groups that are granted anything."""
    grants = env["ir.model.access"].search(
        [("model_id.model", "in", find_models(env)), ("group_id", "!=", False)]
    )
    return [*ROLES.values(), *sorted(
        set(grants.group_id.get_external_id().values()) - set(ROLES.values())
    )]


def create_users(env, company):
    """Return ``{group: user}``, each with this one group, in one company."""
    return {
        group: new_test_user(
            env,
            f"matrix-{number}",
            groups=group,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for number, group in enumerate(find_groups(env))
    }


def read_allowed(env, user, name):
    """Return the operations that a user may do with a model, of ``crwd``."""
    model = env[name].with_user(user)
    return "".join(
        letter for letter, operation in OPERATIONS.items() if model.has_access(operation)
    )


def get_expected(line, user):
    """Return the operations that a line allows a user, by all groups of theirs."""
    allowed = set()
    for group, operations in read_grants(line).items():
        if user.has_group(group):
            allowed |= set(operations)
    return "".join(letter for letter in OPERATIONS if letter in allowed)


def describe(env, users, name):
    """Return the line that says what holds for a model at the moment."""
    roles = [read_allowed(env, users[xmlid], name) for xmlid in ROLES.values()]
    grants = env["ir.model.access"].search([("model_id.model", "=", name)])
    others = {
        xmlid: "".join(
            letter
            for letter, operation in OPERATIONS.items()
            if grant[f"perm_{operation}"]
        )
        for grant in grants
        for xmlid in grant.group_id.get_external_id().values()
        if xmlid not in ROLES.values()
    }
    return ",".join(
        [
            name,
            _guess_company(env[name]),
            *roles,
            " ".join(f"{group}:{granted}" for group, granted in sorted(others.items())),
        ]
    )


def find_mover(model, path):
    """Return the field whose change gives a record to another company."""
    name = path.partition(".")[0]
    while related := model._fields[name].related:
        name = related.partition(".")[0]
    return name


def _guess_company(model):
    """Return the likely path to the company; whoever adds the line decides."""
    if model._transient:
        return PERSONAL
    if "company_id" in model._fields:
        return "company_id"
    parents = [
        name
        for name, field in model._fields.items()
        if field.type == "many2one"
        and field.required
        and "company_id" in model.env[field.comodel_name]._fields
    ]
    return f"{parents[0]}.company_id" if parents else COMMON


class RowMaker:
    """Puts a row into any table, as cheaply as that goes, for one company.

    Written by SQL with foreign keys asleep: the rules are tried, not the models.
    """

    def __init__(self, env):
        self.env = env
        self.numbers = itertools.count(900_000)

    def make(self, name, path, company, given=()):
        """Return the id of a new row that belongs to a company.

        :param path: fields from the record to its company, separated by dots.
        :param given: ``{column: value}`` that is not invented.
        """
        model = self.env[name]
        values = {
            column: self._invent(model._fields.get(column), kind)
            for column, kind in self._find_required(model)
        }
        first, _, rest = path.partition(".")
        if rest:
            values[first] = self.make(model._fields[first].comodel_name, rest, company)
        elif first in model._fields:
            values[first] = company.id
        values |= dict(given)
        return self._insert(model._table, values)

    def make_target(self, model, mover, company):
        """Return the id of what a field names when its record is a company's."""
        name = model._fields[mover].comodel_name
        if name == "res.company":
            return company.id
        return self.make(name, "company_id", company)

    def _find_required(self, model):
        self.env.cr.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = %s AND is_nullable = 'NO' AND column_name <> 'id'",
            [model._table],
        )
        return self.env.cr.fetchall()

    def _invent(self, field, kind):
        number = next(self.numbers)
        if field is not None and field.type == "selection":
            return field.get_values(self.env)[0]
        if field is not None and field.type == "many2one":
            return self.env[field.comodel_name].sudo().search([], limit=1).id or 1
        if kind.startswith(("timestamp", "date")):
            return "2026-01-01"
        if kind in NUMBERS:
            return number
        text = f"matrix-{number}"[: getattr(field, "size", None)]
        return {"boolean": False, "jsonb": "{}"}.get(kind, text)

    def _insert(self, table, values):
        cr = self.env.cr
        self._drop_checks(table)
        cr.execute("SET LOCAL session_replication_role = replica")
        cr.execute(
            SQL(
                "INSERT INTO %s (%s) VALUES (%s) RETURNING id",
                SQL.identifier(table),
                SQL(", ").join(map(SQL.identifier, values)),
                SQL(", ").join(SQL("%s", value) for value in values.values()),
            )
            if values
            else SQL(
                "INSERT INTO %s DEFAULT VALUES RETURNING id", SQL.identifier(table)
            )
        )
        (row_id,) = cr.fetchone()
        cr.execute("SET LOCAL session_replication_role = origin")
        return row_id

    def _drop_checks(self, table):
        """Let rows be incomplete, and name what others name, until the test is over."""
        cr = self.env.cr
        cr.execute(
            "SELECT conname FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype IN ('c', 'u')",
            [table],
        )
        for (name,) in cr.fetchall():
            cr.execute(
                SQL(
                    "ALTER TABLE %s DROP CONSTRAINT %s CASCADE",
                    SQL.identifier(table),
                    SQL.identifier(name),
                )
            )
        cr.execute(
            "SELECT indexrelid::regclass::text FROM pg_index"
            " WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary",
            [table],
        )
        for (name,) in cr.fetchall():
            cr.execute(SQL("DROP INDEX %s", SQL(name)))

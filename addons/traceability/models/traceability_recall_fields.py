"""Columns of an answer, which may have a hundred thousand rows.

A foreign key is checked row by row, which costs more than writing them. What an answer
refers to stays on record anyway: a lot with a history, a finished move.
"""

from odoo import fields

from odoo.addons.integration_core.log_fields import LogReference

AnswerReference = LogReference


class AnswerReferences(fields.Many2many):
    """Records an answer refers to."""

    def update_db_foreign_keys(self, model):
        """Create none."""

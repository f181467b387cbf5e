"""Pure logic of traceability; imports nothing of Odoo."""

"""Pure logic of ship notices; imports nothing of Odoo."""

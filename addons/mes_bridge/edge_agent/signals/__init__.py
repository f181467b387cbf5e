"""From signals to transactions: pure rules, used by the agent and by Odoo's preview."""

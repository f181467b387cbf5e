"""How often idle cron processes look for scheduled actions that are due.

Odoo's own pace is a minute; a seal is to follow a message within one.
"""

from odoo.service import server

LOOK_SECONDS = 15

server.SLEEP_INTERVAL = min(server.SLEEP_INTERVAL, LOOK_SECONDS)

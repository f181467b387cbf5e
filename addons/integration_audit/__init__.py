from . import cron_pace, models, wizard

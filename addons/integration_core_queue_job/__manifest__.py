{
    "name": "Integration Core on Job Queue",
    "summary": "Lanes worked off by OCA queue_job instead of scheduled actions",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Integration",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["integration_core", "queue_job"],
    "data": ["data/queue_job_data.xml", "data/integration_lane_cron.xml"],
    "auto_install": True,
    "post_init_hook": "hand_over",
    "uninstall_hook": "take_back",
}

from odoo import fields, models
from odoo.tools import SQL


class IntegrationMappingCompleteness(models.Model):
    """How complete the mappings of each system are, domain by domain.

    What is mapped for every system, or for every one of a company, counts for each.
    """

    _name = "integration.mapping.completeness"
    _description = "Mapping Completeness"
    _auto = False
    _order = "waiting_message_count desc, system_id, domain_id"
    _rec_name = "domain_id"
    _depends = {
        "integration.mapping": [
            "system_id",
            "company_id",
            "domain_id",
            "external_code",
            "state",
            "valid_from",
            "valid_to",
        ],
        "integration.exception": ["system_id", "mapping_domain_id", "state"],
        "integration.delivery": ["exception_id", "state"],
        "integration.system": ["company_id", "timezone"],
    }

    system_id = fields.Many2one("integration.system", readonly=True)
    domain_id = fields.Many2one("integration.mapping.domain", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    mapped_count = fields.Integer(string="Codes in force", readonly=True)
    draft_count = fields.Integer(string="Drafts", readonly=True)
    unmapped_count = fields.Integer(string="Codes without one", readonly=True)
    waiting_message_count = fields.Integer(string="Waiting messages", readonly=True)
    completeness = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Of the codes seen so far, how many are mapped.",
    )

    @property
    def _table_query(self):
        """Indexes: integration_mapping__system_id_index,
        integration_exception__one_open_per_cause, integration_delivery__waiting_index.
        """
        return SQL(
            """
            SELECT row_number() OVER (ORDER BY system_id, domain_id) AS id,
                   system_id, domain_id, system.company_id,
                   sum(mapped)::int AS mapped_count,
                   sum(draft)::int AS draft_count,
                   sum(unmapped)::int AS unmapped_count,
                   sum(waiting)::int AS waiting_message_count,
                   sum(mapped)::float / GREATEST(1, sum(mapped) + sum(unmapped))
                       AS completeness
              FROM (
                SELECT system.id AS system_id, mapping.domain_id,
                       -- One code, for everybody and for a system: it is mapped once.
                       count(DISTINCT external_code)
                           FILTER (WHERE mapping.state = 'active'
                               AND COALESCE(mapping.valid_from <= today.day, TRUE)
                               AND COALESCE(mapping.valid_to >= today.day, TRUE)
                           ) AS mapped,
                       count(DISTINCT external_code)
                           FILTER (WHERE mapping.state = 'draft') AS draft,
                       0 AS unmapped, 0 AS waiting
                  FROM integration_mapping mapping
                  JOIN integration_system system
                    ON system.id = mapping.system_id
                    OR (mapping.system_id IS NULL
                        AND (mapping.company_id IS NULL
                             OR mapping.company_id = system.company_id))
                 CROSS JOIN LATERAL (
                    SELECT (now() AT TIME ZONE COALESCE(system.timezone, 'UTC'))::date
                        AS day) today
                 GROUP BY 1, 2
                 UNION ALL
                SELECT exception.system_id, exception.mapping_domain_id, 0, 0,
                       count(DISTINCT exception.id), count(delivery.id)
                  FROM integration_exception exception
                  LEFT JOIN integration_delivery delivery
                    ON delivery.exception_id = exception.id
                   AND delivery.state = 'parked'
                 WHERE exception.state = 'open'
                   AND exception.mapping_domain_id IS NOT NULL
                 GROUP BY 1, 2
              ) counted
              JOIN integration_system system ON system.id = counted.system_id
             GROUP BY system_id, domain_id, system.company_id
            """
        )

    def action_open_codes(self):
        """Open the codes that wait for a mapping."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "integration_core.integration_exception_action"
        )
        return dict(
            action,
            domain=[
                ("state", "=", "open"),
                ("system_id", "=", self.system_id.id),
                ("mapping_domain_id", "=", self.domain_id.id),
            ],
            context={},
        )

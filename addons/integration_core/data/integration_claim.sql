-- Claim deliveries of a lane that are due, a fair share of every party: system or endpoint.
--
-- A function, because planning takes much longer than claiming: a worker's session keeps
-- the plan, from its first claim on (PostgreSQL would plan five times before it kept one).
-- Needs READ COMMITTED.
--
-- way: 'in' or 'out'. most: how many, and of them most_of_endpoint under way to one endpoint
-- (NULL: as many). look_ahead: how many of each party are looked at (NULL: all). Returns the
-- ids in any order.
--
-- Indexes: integration_delivery_due_index (walked from party to party),
-- integration_delivery_order_index, integration_delivery_running_index. A plan that was
-- made while the log was nearly empty would read all of it once a flood has come: it may
-- only use indexes.
CREATE OR REPLACE FUNCTION integration_claim(
    lane integer, way varchar, claimer integer, most integer, most_of_endpoint integer,
    lease_seconds integer, look_ahead integer)
RETURNS SETOF integer LANGUAGE plpgsql
SET enable_seqscan TO off
SET enable_bitmapscan TO off
SET jit TO off
SET plan_cache_mode TO force_generic_plan
AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE party AS (
        (SELECT COALESCE(d.endpoint_id, d.system_id) AS id
           FROM integration_delivery d
          WHERE d.lane_id = lane AND d.direction = way
            AND d.state IN ('pending', 'retry')
          ORDER BY COALESCE(d.endpoint_id, d.system_id) LIMIT 1)
        UNION ALL
        SELECT (SELECT COALESCE(d.endpoint_id, d.system_id)
                  FROM integration_delivery d
                 WHERE d.lane_id = lane AND d.direction = way
                   AND d.state IN ('pending', 'retry')
                   AND COALESCE(d.endpoint_id, d.system_id) > party.id
                 ORDER BY COALESCE(d.endpoint_id, d.system_id) LIMIT 1)
          FROM party WHERE party.id IS NOT NULL
    ), sender AS MATERIALIZED (
        SELECT party.id,
               LEAST(most, most_of_endpoint - (
                   SELECT count(*) FROM integration_delivery sending
                    WHERE sending.endpoint_id = party.id
                      AND sending.state = 'running'),
                   CASE WHEN endpoint.rate_limit_per_minute > 0
                        THEN GREATEST(1, endpoint.rate_limit_per_minute / 60)
                   END) AS room
          FROM party
          LEFT JOIN integration_endpoint endpoint
                 ON way = 'out' AND endpoint.id = party.id
         WHERE party.id IS NOT NULL
           AND NOT EXISTS (
                SELECT 1 FROM integration_system system
                 WHERE system.id = COALESCE(endpoint.system_id, party.id)
                   AND (system.is_paused
                        OR way = 'out' AND system.state <> 'active'))
           AND (way = 'in'
                OR endpoint.active
                   AND endpoint.state = 'enabled' AND endpoint.url <> ''
                   AND (endpoint.verified_at IS NOT NULL
                        OR endpoint.must_be_verified IS NOT TRUE)
                   AND NOT EXISTS (
                        SELECT 1 FROM integration_endpoint_health health
                         WHERE health.endpoint_id = party.id
                           AND GREATEST(health.open_until, health.paused_until)
                               > clock_timestamp() AT TIME ZONE 'UTC'))
    ), due AS MATERIALIZED (
        SELECT turn.id
          FROM (SELECT id, room FROM sender ORDER BY random()) AS sender
         CROSS JOIN LATERAL (
                SELECT d.id, near.next_attempt_at
                  FROM (SELECT n.id, n.next_attempt_at
                          FROM integration_delivery n
                         WHERE n.lane_id = lane
                           AND n.direction = way
                           AND COALESCE(n.endpoint_id, n.system_id) = sender.id
                           AND n.state IN ('pending', 'retry')
                           AND n.next_attempt_at
                               <= clock_timestamp() AT TIME ZONE 'UTC'
                         ORDER BY n.next_attempt_at, n.id
                         LIMIT look_ahead) near
                  JOIN integration_delivery d ON d.id = near.id
                 -- Read again by its id; its state, as a CASE, is no condition of an
                 -- index. A planner whose statistics are older than a backlog would
                 -- search it all for each row.
                 WHERE CASE WHEN d.state NOT IN ('pending', 'retry') THEN false
                       ELSE d.order_scope IS NULL OR NOT EXISTS (
                        SELECT 1 FROM integration_delivery earlier
                         WHERE earlier.order_scope = d.order_scope
                           AND (earlier.order_epoch, earlier.order_sequence, earlier.id)
                               < (d.order_epoch, d.order_sequence, d.id)
                           AND earlier.state IN (
                               'pending', 'retry', 'running', 'parked', 'dead')) END
                 ORDER BY near.next_attempt_at, near.id
                 LIMIT LEAST(GREATEST(0, sender.room), (
                       SELECT GREATEST(1, most / count(*)) FROM sender counted))
                   FOR UPDATE OF d SKIP LOCKED
               ) turn
         LIMIT most
    )
    UPDATE integration_delivery d
       SET state = 'running', attempt_count = d.attempt_count + 1,
           worker = claimer, started_at = clock_timestamp() AT TIME ZONE 'UTC',
           lease_until = clock_timestamp() AT TIME ZONE 'UTC'
                         + lease_seconds * interval '1 second'
     WHERE d.id = ANY (ARRAY(SELECT id FROM due))
    RETURNING d.id;
END $$;

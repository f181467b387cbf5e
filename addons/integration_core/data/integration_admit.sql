-- What runs for many messages at a time. Functions, because their statements are planned
-- once for all rows. One message alone is admitted by a statement of its own, see
-- integration_message_queries.

-- Wake the workers that listen. Returns the lanes in which nobody does.
--
-- A worker holds its lane's lock shared while it works or lingers, so whoever gets it
-- exclusively, for this moment only, knows that a scheduled action has to be started.
-- Nobody is notified in vain: transactions with a notification commit one by one.
CREATE OR REPLACE FUNCTION integration_wake(awake_lock integer, lanes integer[])
RETURNS integer[] LANGUAGE sql AS $$
    SELECT ARRAY(
        SELECT lane FROM unnest(lanes) AS lane
         WHERE CASE WHEN pg_try_advisory_lock(awake_lock, lane)
                    THEN pg_advisory_unlock(awake_lock, lane)
                    ELSE pg_notify('integration_lane_' || lane, '') IS NULL END)
$$;

-- Insert inbound messages and, for the accepted ones, their deliveries; wake the lanes.
--
-- arriving: [{"message": {column: value}, and of those to be worked off lane_id,
-- order_scope, order_epoch, order_sequence, latency_target_seconds}]. A key that is taken
-- falls to the unique index; one that another transaction is admitting at this moment is
-- left out as well, because its advisory lock is taken. Returns the uuids that are new and
-- the lanes that sleep.
CREATE OR REPLACE FUNCTION integration_admit(
    awake_lock integer, arriving jsonb,
    OUT admitted varchar[], OUT asleep integer[]
) LANGUAGE plpgsql AS $$
DECLARE
    item record;
    m integration_message;
    message_id integer;
    lanes integer[] := '{}';
BEGIN
    admitted := '{}';
    FOR item IN
        SELECT * FROM jsonb_to_recordset(arriving) AS row_(
            message jsonb, lane_id integer, order_scope varchar, order_epoch varchar,
            order_sequence bigint, latency_target_seconds integer)
    LOOP
        m := jsonb_populate_record(NULL::integration_message, item.message);
        CONTINUE WHEN m.admission = 'accepted' AND NOT pg_try_advisory_xact_lock(
            hashtextextended(m.system_id || ':' || m.idempotency_key, 0));
        INSERT INTO integration_message (
            uuid, direction, admission, system_id, company_id, credential_ref,
            contract_id, contract_code, version, source, event_id, idempotency_key,
            order_key, sequence, epoch, correlation_id, causation_id, occurred_at,
            received_at, payload, sha256, problem)
        VALUES (
            m.uuid, 'in', m.admission, m.system_id, m.company_id, m.credential_ref,
            m.contract_id, m.contract_code, m.version, m.source, m.event_id,
            m.idempotency_key, m.order_key, m.sequence, m.epoch, m.correlation_id,
            m.causation_id, m.occurred_at, m.received_at, m.payload, m.sha256, m.problem)
        ON CONFLICT DO NOTHING
        RETURNING id INTO message_id;
        CONTINUE WHEN NOT FOUND;
        admitted := admitted || m.uuid;
        CONTINUE WHEN item.lane_id IS NULL;
        INSERT INTO integration_delivery (
            message_id, direction, system_id, company_id, contract_id, lane_id,
            order_scope, order_epoch, order_sequence, state, attempt_count, received_at,
            next_attempt_at, latency_target_seconds)
        VALUES (
            message_id, 'in', m.system_id, m.company_id, m.contract_id, item.lane_id,
            item.order_scope, item.order_epoch, item.order_sequence, 'pending', 0,
            m.received_at, m.received_at, item.latency_target_seconds);
        IF item.lane_id <> ALL (lanes) THEN
            lanes := lanes || item.lane_id;
        END IF;
    END LOOP;
    asleep := integration_wake(awake_lock, lanes);
END $$;

-- Write how attempts ended: a row per attempt, and the new state of each delivery.
--
-- outcomes: [{"id", "state", and what else changes: a column that is not named stays}].
-- claimer: whose deliveries these must be still; NULL: the caller holds them locked.
-- Returns the ids of the deliveries whose outcome was written.
DROP FUNCTION IF EXISTS integration_record_outcomes(jsonb, jsonb);
CREATE OR REPLACE FUNCTION integration_record_outcomes(
    outcomes jsonb, attempts jsonb, claimer integer)
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    recorded integer[];
BEGIN
    WITH written AS (
        UPDATE integration_delivery d
           SET state = o.state, worker = NULL, lease_until = NULL,
               last_error = o.last_error,
               attempt_count = COALESCE(o.attempt_count, d.attempt_count),
               next_attempt_at = COALESCE(o.next_attempt_at, d.next_attempt_at),
               finished_at = COALESCE(o.finished_at, d.finished_at),
               is_late = COALESCE(o.is_late, d.is_late),
               result = COALESCE(o.result, d.result),
               res_model = COALESCE(o.res_model, d.res_model),
               res_id = COALESCE(o.res_id, d.res_id)
          FROM jsonb_populate_recordset(NULL::integration_delivery, outcomes) o
         WHERE d.id = o.id
           AND (claimer IS NULL OR d.worker = claimer AND d.state = 'running')
        RETURNING d.id
    )
    SELECT COALESCE(array_agg(id), '{}') INTO recorded FROM written;
    INSERT INTO integration_attempt (
        delivery_id, company_id, number, started_at, ended_at, milliseconds, outcome,
        http_status, error_class, error_code, excerpt)
    SELECT delivery_id, company_id, number, started_at, ended_at, milliseconds, outcome,
           http_status, error_class, error_code, excerpt
      FROM jsonb_populate_recordset(NULL::integration_attempt, attempts)
     WHERE delivery_id = ANY(recorded);
    RETURN recorded;
END $$;

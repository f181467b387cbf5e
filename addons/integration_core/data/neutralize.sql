-- A restored copy must not speak to the partners of the original.
UPDATE integration_endpoint SET url = NULL, state = 'disabled';
UPDATE integration_system SET state = 'suspended' WHERE state = 'active';
UPDATE integration_credential SET secret_encrypted = NULL, token_hash = NULL, revoked_at = now() AT TIME ZONE 'UTC';
UPDATE ir_cron SET active = false WHERE integration_lane_id IS NOT NULL;

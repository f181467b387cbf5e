-- A restored copy works off nothing that the original had begun.
UPDATE queue_job
   SET state = 'cancelled'
 WHERE state IN ('wait_dependencies', 'pending', 'enqueued', 'started')
   AND channel LIKE 'root.integration\_tier\_%';

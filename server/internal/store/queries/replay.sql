-- name: ListReportsOfDevice
SELECT received_at, clock_offset, report FROM entries
WHERE epoch_id IN (SELECT id FROM epochs WHERE device_id = ?1) AND received_at >= ?2 ORDER BY epoch_id, seq;

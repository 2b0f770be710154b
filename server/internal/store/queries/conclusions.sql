-- name: ListConcluded
SELECT f.device_id, f.uid, f.rule, f.title, f.status, f.severity, f.confidence, f.first_seen, f.last_seen, f.first_seen_raw, f.last_seen_raw, f.received_at, f.evidence
FROM devices d JOIN epochs e ON e.device_id = d.id AND e.epoch = ?1 JOIN findings f ON f.device_id = d.id AND f.epoch_id = e.id
WHERE f.status = 'open' AND json_extract(f.evidence, '$[0].class') = ?2 ORDER BY f.device_id, f.uid;

-- name: ListConcludedRows
SELECT f.device_id, f.rows FROM devices d JOIN facts f ON f.device_id = d.id AND f.class = ?1;

-- name: ListConcludedCoverage
SELECT c.device_id, c.state, c.detail FROM devices d JOIN coverage c ON c.device_id = d.id AND c.class = ?1;

-- name: ListEnrolled
SELECT id, group_name, enrolled_at FROM devices WHERE removed_at IS NULL ORDER BY id;

-- name: IsEnrolled
SELECT 1 FROM devices WHERE id = ?1 AND removed_at IS NULL;

-- name: ForgetRowsOfDevice
DELETE FROM facts WHERE device_id = ?1 AND class = ?2;

-- name: GetStaysState
-- What of a day's stays can change a judgement, and which of them is each device's last; each heartbeat changes only the
-- time at which one was noted last.
SELECT count(*) || ' ' || coalesce(max(first_at), 0) || ' ' || coalesce(sum(flips), 0) || ' ' || coalesce(sum(utc_offset), 0) || ' ' ||
  coalesce(sum(network * 1000 + unicode(network_class || ' ') + 7 * unicode(country || ' ') + 31 * length(corporate) + 31 * length(listed)), 0) || ' ' ||
  coalesce((SELECT sum(came / 1000000) FROM (SELECT first_at AS came, max(last_at) FROM stays INDEXED BY stays_day WHERE day >= ?1 GROUP BY device_id)), 0)
FROM stays WHERE day >= ?1;

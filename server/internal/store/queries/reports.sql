-- name: ListFindingsBetween
SELECT device_id, uid, rule, title, status, severity, confidence, first_seen, last_seen, first_seen_raw, last_seen_raw, received_at, evidence
FROM findings WHERE first_seen < ?2 AND (status = 'open' OR last_seen >= ?1) ORDER BY device_id, first_seen, uid;

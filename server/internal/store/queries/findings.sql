-- name: SaveFinding
INSERT INTO findings (device_id, uid, rule, title, status, severity, confidence, first_seen, last_seen, first_seen_raw, last_seen_raw, received_at, epoch_id, evidence)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
ON CONFLICT (device_id, uid) DO UPDATE SET
  rule = excluded.rule, title = excluded.title, status = excluded.status, severity = excluded.severity, confidence = excluded.confidence,
  first_seen = min(findings.first_seen, excluded.first_seen), last_seen = excluded.last_seen,
  first_seen_raw = min(findings.first_seen_raw, excluded.first_seen_raw), last_seen_raw = excluded.last_seen_raw,
  received_at = excluded.received_at, epoch_id = excluded.epoch_id,
  evidence = CASE WHEN ?15 THEN excluded.evidence ELSE findings.evidence END
-- Within one epoch the later number is the later news, whatever the clock did; between epochs the event time tells.
WHERE findings.epoch_id = excluded.epoch_id OR findings.last_seen <= excluded.last_seen;

-- name: ListFindings
SELECT device_id, uid, rule, title, status, severity, confidence, first_seen, last_seen, first_seen_raw, last_seen_raw, received_at, evidence
FROM (SELECT * FROM findings WHERE device_id = ?1 ORDER BY status DESC, uid GLOB 'collector-*' DESC, last_seen DESC, uid LIMIT ?2) ORDER BY status DESC, last_seen DESC, uid;

-- name: GetFinding
SELECT device_id, uid, rule, title, status, severity, confidence, first_seen, last_seen, first_seen_raw, last_seen_raw, received_at, evidence
FROM findings WHERE device_id = ?1 AND uid = ?2;

-- name: ListSpells
-- The collector's own, what is open, and the latest of what is over: of each at most so many, each by its index.
SELECT id, uid, from_at, last_at, to_at, evidence FROM spells WHERE device_id = ?1 AND uid >= 'collector-' AND uid < 'collector.' AND (to_at IS NULL OR to_at >= ?2)
UNION ALL
SELECT * FROM (SELECT id, uid, from_at, last_at, to_at, evidence FROM spells WHERE device_id = ?1 AND to_at IS NULL AND uid NOT GLOB 'collector-*' LIMIT ?3)
UNION ALL
SELECT * FROM (SELECT id, uid, from_at, last_at, to_at, evidence FROM spells WHERE device_id = ?1 AND to_at >= ?2 AND uid NOT GLOB 'collector-*' ORDER BY to_at DESC LIMIT ?3);

-- name: ListFindingsNamed
SELECT device_id, uid, rule, title, status, severity, confidence, first_seen, last_seen, first_seen_raw, last_seen_raw, received_at,
  CASE WHEN rule IN (SELECT value FROM json_each(?3)) AND length(evidence) <= ?4 THEN evidence ELSE '[]' END
FROM findings WHERE device_id = ?1 AND uid IN (SELECT value FROM json_each(?2));

-- name: GetSpell
SELECT id, from_raw, from_at, last_at, to_at FROM spells WHERE device_id = ?1 AND uid = ?2 AND from_raw = ?3;

-- name: GetOpenSpell
SELECT id, from_raw, from_at, last_at, to_at FROM spells WHERE device_id = ?1 AND uid = ?2 AND to_at IS NULL ORDER BY from_at LIMIT 1;

-- name: InsertSpell
INSERT INTO spells (device_id, uid, from_raw, from_at, last_at, to_at, evidence)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, CASE WHEN ?6 IS NOT NULL AND ?7 IN (SELECT value FROM sanctions, json_each(tools) WHERE conditions <> '[]') THEN ?8 END);

-- name: UpdateSpell
UPDATE spells SET from_at = ?2, last_at = ?3, to_at = ?4, evidence = CASE WHEN ?4 IS NOT NULL THEN coalesce(evidence,
  (SELECT f.evidence FROM findings f WHERE f.device_id = spells.device_id AND f.uid = spells.uid AND f.rule IN (SELECT value FROM sanctions, json_each(tools) WHERE conditions <> '[]'))) END
WHERE id = ?1;

-- name: CloseSpellsOfDevice
UPDATE spells SET to_at = max(last_at, ?2) WHERE device_id = ?1 AND to_at IS NULL;

-- name: CloseFindingsOfDevice
UPDATE findings SET status = 'closed' WHERE device_id = ?1 AND status = 'open';

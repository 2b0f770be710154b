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
SELECT device_id, uid, rule, title, status, severity, confidence, first_seen, last_seen, first_seen_raw, last_seen_raw, received_at,
  -- A row is some hundred bytes. What a laptop pads beyond all reason is read as no evidence, and permits nothing.
  CASE WHEN rule IN (SELECT value FROM json_each(?4)) AND length(rested_on) <= 16384 THEN rested_on ELSE '[]' END, from_at, last_at, to_at
FROM (
  SELECT f.*, s.id, s.from_at, s.last_at, s.to_at, coalesce(s.evidence, f.evidence) AS rested_on FROM spells s JOIN findings f ON f.device_id = s.device_id AND f.uid = s.uid
  WHERE s.id IN (SELECT id FROM spells WHERE device_id = ?1 AND to_at IS NULL UNION ALL SELECT id FROM spells WHERE device_id = ?1 AND to_at >= ?2)
  -- What the collector itself found comes first, or a laptop could hide it behind findings of its own. It is at most one
  -- of each of its rules a day. Then what is there now, then what was there last.
  ORDER BY s.uid GLOB 'collector-*' DESC, s.to_at IS NULL DESC, s.last_at DESC, s.id DESC LIMIT ?3
) ORDER BY from_at, uid, id;

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

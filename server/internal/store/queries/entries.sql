-- name: StartEpoch
INSERT INTO epochs (device_id, epoch, started_at) VALUES (?1, ?2, ?3) ON CONFLICT (device_id, epoch) DO NOTHING;

-- name: GetEpoch
SELECT id, acked FROM epochs WHERE device_id = ?1 AND epoch = ?2;

-- name: AdvanceEpoch
UPDATE epochs SET acked = ?2 WHERE id = ?1 AND acked < ?2;

-- name: InsertEntry
INSERT INTO entries (epoch_id, seq, received_at, clock_offset, report) VALUES (?1, ?2, ?3, ?4, ?5);

-- name: GetEntry
SELECT report FROM entries WHERE epoch_id = ?1 AND seq = ?2;

-- name: CountEntries
SELECT count(*) FROM entries JOIN epochs ON epochs.id = entries.epoch_id WHERE epochs.device_id = ?1 AND epochs.epoch = ?2;

-- name: ListEntries
SELECT seq, report FROM entries JOIN epochs ON epochs.id = entries.epoch_id
WHERE epochs.device_id = ?1 AND epochs.epoch = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4;

-- name: InsertGap
INSERT INTO gaps (epoch_id, from_seq, to_seq, reason, received_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING;

-- name: ListGapsBetween
SELECT epochs.device_id, epochs.epoch, from_seq, to_seq, reason, received_at
FROM gaps JOIN epochs ON epochs.id = gaps.epoch_id
WHERE received_at >= ?1 AND received_at < ?2 ORDER BY received_at, epochs.id, from_seq, reason;

-- name: ListLatestGaps
SELECT device_id, epoch, from_seq, to_seq, reason, received_at FROM (
  SELECT epochs.id, epochs.device_id, epochs.epoch, from_seq, to_seq, reason, received_at
  FROM epochs JOIN gaps ON gaps.epoch_id = epochs.id
  WHERE epochs.device_id = ?1 ORDER BY received_at DESC LIMIT ?2
) ORDER BY received_at, id, from_seq, reason;

-- name: ForgetEntries
-- Rows stand in the order in which they came, so only the first ones are looked at.
DELETE FROM entries WHERE rowid IN (SELECT rowid FROM (SELECT rowid, received_at FROM entries ORDER BY rowid LIMIT ?2) WHERE received_at < ?1);

-- name: GetTraitDay
SELECT day FROM trait_days WHERE device_id = ?1;

-- name: SaveTraitDay
INSERT INTO trait_days (device_id, day) VALUES (?1, ?2) ON CONFLICT (device_id) DO UPDATE SET day = excluded.day;

-- name: GetTrait
SELECT first_at, last_at, weak FROM traits WHERE device_id = ?1 AND day = ?2 AND kind = ?3 AND value = ?4;

-- name: CountTraits
SELECT count(*) FROM traits WHERE device_id = ?1 AND day = ?2 AND kind = ?3;

-- name: SaveTrait
INSERT INTO traits (device_id, day, kind, value, first_at, last_at, weak, noted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (device_id, day, kind, value) DO UPDATE SET
  first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at), weak = min(weak, excluded.weak), noted_at = excluded.noted_at;

-- name: ListTraits
SELECT device_id, kind, value, day, first_at, last_at, weak FROM traits WHERE day >= ?1 ORDER BY device_id, day, kind, value;

-- name: ListTraitsNoted
SELECT device_id, kind, value, day, first_at, last_at, weak FROM traits INDEXED BY traits_noted WHERE noted_at >= ?1 ORDER BY device_id, day, kind, value;

-- name: ForgetTraits
DELETE FROM traits WHERE day < ?1;

-- name: ForgetTraitsOfDevice
DELETE FROM traits WHERE device_id = ?1;

-- name: ForgetTraitDayOfDevice
DELETE FROM trait_days WHERE device_id = ?1;

-- name: ListBuilt
SELECT f.rule, f.evidence FROM findings f WHERE f.rule IN (SELECT value FROM json_each(?1)) AND f.last_seen >= ?2 AND length(f.evidence) <= 16384;

-- name: GetHeardDay
SELECT first_at FROM heard_days WHERE device_id = ?1 AND day = ?2;

-- name: SaveFacts
INSERT INTO facts (device_id, class, at, received_at, epoch_id, rows) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (device_id, class) DO UPDATE SET at = excluded.at, received_at = excluded.received_at, epoch_id = excluded.epoch_id, rows = excluded.rows
WHERE facts.epoch_id = excluded.epoch_id OR facts.at <= excluded.at;

-- name: ListFacts
SELECT class, at, received_at, rows FROM facts WHERE device_id = ?1 ORDER BY class LIMIT ?2;

-- name: SaveCoverage
INSERT INTO coverage (device_id, class, state, detail, since, at, received_at, epoch_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (device_id, class) DO UPDATE SET state = excluded.state, detail = excluded.detail,
  -- An agent that starts anew knows of the time since its start alone; had it been otherwise in between, that would stand here.
  since = CASE WHEN coverage.state = excluded.state THEN min(coverage.since, excluded.since) ELSE excluded.since END, at = excluded.at, received_at = excluded.received_at, epoch_id = excluded.epoch_id
WHERE coverage.epoch_id = excluded.epoch_id OR coverage.at <= excluded.at;

-- name: ListCoverage
SELECT class, state, detail, since, received_at FROM coverage WHERE device_id = ?1 ORDER BY class LIMIT ?2;

-- name: ListBlind
SELECT class, state, since FROM coverage WHERE device_id = ?1 AND state IN ('denied', 'failed') ORDER BY class LIMIT ?2;

-- name: ForgetFactsOfLife
-- What an installation told; the collector's own rows stay.
DELETE FROM facts WHERE device_id = ?1 AND epoch_id NOT IN (SELECT id FROM epochs WHERE device_id = ?1 AND epoch = ?2);

-- name: ForgetCoverageOfLife
DELETE FROM coverage WHERE device_id = ?1 AND epoch_id NOT IN (SELECT id FROM epochs WHERE device_id = ?1 AND epoch = ?2);

-- name: GetCoverageDayBefore
SELECT worst, last FROM coverage_days WHERE device_id = ?1 AND class = ?2 AND day < ?3 ORDER BY day DESC LIMIT 1;

-- name: GetCoverageDay
SELECT worst, last FROM coverage_days WHERE device_id = ?1 AND class = ?2 AND day = ?3;

-- name: SaveCoverageDay
INSERT INTO coverage_days (device_id, class, day, worst, last) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (device_id, class, day) DO UPDATE SET worst = excluded.worst, last = excluded.last;

-- name: ListCoverageDays
SELECT device_id, class, day, worst, last FROM coverage_days WHERE day >= ?1 AND day <= ?2
-- And how each stood when they began: the columns beside max() are those of its row.
UNION ALL SELECT device_id, class, max(day), worst, last FROM coverage_days WHERE day < ?1 GROUP BY device_id, class
ORDER BY 1, 2, 3;

-- name: ListHeardDays
SELECT device_id, day, first_at, last_at FROM heard_days WHERE day >= ?1 AND day <= ?2 ORDER BY device_id, day;

-- name: ListAlerts
SELECT a.id, a.device_id, d.name, a.conclusion, a.level, a.score, a.title, a.state, a.assignee, a.close_reason, a.active,
  a.opened_at, a.last_seen, a.updated_at, a.closed_at, a.version, a.previous, a.assessment, a.findings, a.present, a.site_id, a.site_name
FROM alerts a JOIN devices d ON d.id = a.device_id
WHERE (?1 = '[]' OR a.state IN (SELECT value FROM json_each(?1)))
  AND (?2 = '[]' OR a.level IN (SELECT value FROM json_each(?2)))
  AND (?3 = '[]' OR a.conclusion IN (SELECT value FROM json_each(?3)))
  AND (?4 = '' OR a.device_id = ?4 OR d.name = ?4 OR a.site_id = ?4)
  AND NOT EXISTS (SELECT 1 FROM json_each(?5) w WHERE instr(lower(a.title || ' ' || d.name || ' ' || a.site_name), w.value) = 0)
  AND (?6 = '' OR (a.score, a.opened_at, a.id) < (?7, ?8, ?6))
ORDER BY a.score DESC, a.opened_at DESC, a.id DESC LIMIT ?9;

-- name: CountAlerts
SELECT count(*) FROM alerts a JOIN devices d ON d.id = a.device_id
WHERE (?1 = '[]' OR a.state IN (SELECT value FROM json_each(?1)))
  AND (?2 = '[]' OR a.level IN (SELECT value FROM json_each(?2)))
  AND (?3 = '[]' OR a.conclusion IN (SELECT value FROM json_each(?3)))
  AND (?4 = '' OR a.device_id = ?4 OR d.name = ?4 OR a.site_id = ?4)
  AND NOT EXISTS (SELECT 1 FROM json_each(?5) w WHERE instr(lower(a.title || ' ' || d.name || ' ' || a.site_name), w.value) = 0);

-- name: GetAlert
SELECT a.id, a.device_id, d.name, a.conclusion, a.level, a.score, a.title, a.state, a.assignee, a.close_reason, a.active,
  a.opened_at, a.last_seen, a.updated_at, a.closed_at, a.version, a.previous, a.assessment, a.findings, a.present, a.site_id, a.site_name
FROM alerts a JOIN devices d ON d.id = a.device_id WHERE a.id = ?1;

-- name: ListAlertsOfDevice
SELECT a.id, a.device_id, d.name, a.conclusion, a.level, a.score, a.title, a.state, a.assignee, a.close_reason, a.active,
  a.opened_at, a.last_seen, a.updated_at, a.closed_at, a.version, a.previous, a.assessment, a.findings, a.present, a.site_id, a.site_name
FROM alerts a JOIN devices d ON d.id = a.device_id
WHERE a.device_id = ?1 AND a.site_id = '' ORDER BY a.opened_at DESC, a.id DESC LIMIT 200;

-- name: ListAlertsBetween
SELECT a.id, a.device_id, d.name, a.conclusion, a.level, a.score, a.title, a.state, a.assignee, a.close_reason, a.active,
  a.opened_at, a.last_seen, a.updated_at, a.closed_at, a.version, a.previous, a.assessment, a.findings, a.present, a.site_id, a.site_name
FROM alerts a JOIN devices d ON d.id = a.device_id
WHERE a.opened_at < ?2 AND (a.state <> 'closed' OR a.closed_at >= ?1) ORDER BY a.opened_at, a.id;

-- name: SaveAlert
INSERT INTO alerts (id, device_id, conclusion, level, score, title, state, assignee, close_reason, active,
  opened_at, last_seen, updated_at, closed_at, version, previous, assessment, findings, present, site_id, site_name)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
ON CONFLICT (id) DO UPDATE SET
  level = excluded.level, score = excluded.score, title = excluded.title, state = excluded.state, assignee = excluded.assignee,
  close_reason = excluded.close_reason, active = excluded.active, last_seen = excluded.last_seen, updated_at = excluded.updated_at,
  closed_at = excluded.closed_at, version = excluded.version, assessment = excluded.assessment, findings = excluded.findings,
  present = excluded.present, site_name = excluded.site_name;

-- name: InsertTimeline
INSERT INTO timelines (alert_id, at, kind, text, actor) VALUES (?1, ?2, ?3, ?4, ?5);

-- name: ListTimeline
SELECT at, kind, text, actor FROM (
  SELECT id, at, kind, text, actor FROM timelines WHERE alert_id = ?1 ORDER BY at DESC, id DESC LIMIT ?2
) ORDER BY at, id;

-- name: CountOpenAlerts
SELECT device_id, count(*) FROM alerts WHERE state <> 'closed' AND site_id = '' GROUP BY device_id;

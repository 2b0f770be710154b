-- name: ListBeginnings
-- When each tool, and each rule that is of no tool, was first found on each device. A tool's rules are named tool.NAME.STATE.
WITH begun AS (
  SELECT device_id, CASE WHEN rule LIKE 'tool.%' THEN substr(rtrim(rtrim(rule, replace(rule, '.', '')), '.'), 6) ELSE rule END AS subject,
    min(first_seen) AS at, max(CASE WHEN rule LIKE 'tool.%.tenant' THEN coalesce(json_extract(evidence, '$[0].columns.tenant'), '') ELSE '' END) AS tenant
  FROM findings WHERE uid NOT GLOB 'collector-*' GROUP BY 1, 2 HAVING min(first_seen) >= ?1
), stood AS (
  SELECT device_id, CASE WHEN network_class IN ('business', 'education', 'corporate') OR corporate <> '' THEN '' ELSE gateway END AS place,
    row_number() OVER (PARTITION BY device_id ORDER BY last_at DESC) AS n
  FROM stays WHERE device_id IN (SELECT device_id FROM begun) AND gateway <> ''
)
SELECT b.device_id, b.subject, b.tenant, coalesce(s.place, ''), b.at FROM begun b
JOIN devices d ON d.id = b.device_id AND d.removed_at IS NULL
LEFT JOIN stood s ON s.device_id = b.device_id AND s.n = 1
ORDER BY b.at, b.device_id, b.subject;

-- name: CountEnrolled
SELECT count(*) FROM devices WHERE removed_at IS NULL;

-- name: ListNotices
SELECT n.id, n.subject, n.tenant, n.from_at, n.to_at, (SELECT count(*) FROM notice_devices d WHERE d.notice_id = n.id), n.decision, n.decided_by, n.decided_at, n.comment, n.created_at
FROM notices n WHERE ?1 = '' OR n.id = ?1 ORDER BY n.to_at DESC, n.id;

-- name: ListNoticesOfDevice
-- Those that it is part of, which count one device, and those that go on, of which it may become part.
SELECT n.id, n.subject, n.tenant, n.from_at, n.to_at, d.device_id IS NOT NULL, n.decision, n.decided_by, n.decided_at, n.comment, n.created_at
FROM notices n LEFT JOIN notice_devices d ON d.notice_id = n.id AND d.device_id = ?1 WHERE d.device_id IS NOT NULL OR n.to_at >= ?2 ORDER BY n.id;

-- name: ListDevicesOfNotice
SELECT d.device_id, v.name, d.at FROM notice_devices d JOIN devices v ON v.id = d.device_id WHERE d.notice_id = ?1 ORDER BY d.at, d.device_id;

-- name: SaveNotice
INSERT INTO notices (id, subject, tenant, from_at, to_at, decision, decided_by, decided_at, comment, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (id) DO UPDATE SET from_at = min(notices.from_at, excluded.from_at), to_at = max(notices.to_at, excluded.to_at),
  decision = excluded.decision, decided_by = excluded.decided_by, decided_at = excluded.decided_at, comment = excluded.comment;

-- name: AddToNotice
INSERT INTO notice_devices (device_id, notice_id, at) VALUES (?1, ?2, ?3) ON CONFLICT (device_id, notice_id) DO NOTHING;

-- name: SoilDevicesOfNotice
UPDATE devices SET dirty = dirty + 1 WHERE id IN (SELECT device_id FROM notice_devices WHERE notice_id = ?1);

-- name: ForgetNoticesOfDevice
DELETE FROM notice_devices WHERE device_id = ?1;

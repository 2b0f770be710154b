-- name: GetDevice
SELECT id, agent_id, coalesce(anchor, ''), name, os, os_version, arch, agent_version, enrolled_at, last_seen, clock_offset, certificate, removed_at, group_name, group_since
FROM devices WHERE id = ?1;

-- name: GetDeviceByAnchor
SELECT id, agent_id, coalesce(anchor, ''), name, os, os_version, arch, agent_version, enrolled_at, last_seen, clock_offset, certificate, removed_at, group_name, group_since
FROM devices WHERE anchor = ?1;

-- name: GetDeviceByKey
SELECT d.id, d.agent_id, coalesce(d.anchor, ''), d.name, d.os, d.os_version, d.arch, d.agent_version, d.enrolled_at, d.last_seen, d.clock_offset, d.certificate, d.removed_at, d.group_name, d.group_since
FROM certificates c JOIN agents a ON a.id = c.agent_id JOIN devices d ON d.id = a.device_id AND d.agent_id = a.id
WHERE a.token_id = ?1 AND c.key_hash = ?2 AND a.superseded_at IS NULL AND d.removed_at IS NULL LIMIT 1;

-- name: GetDevicesByName
SELECT id, agent_id, coalesce(anchor, ''), name, os, os_version, arch, agent_version, enrolled_at, last_seen, clock_offset, certificate, removed_at, group_name, group_since
FROM devices WHERE name = ?1 AND removed_at IS NULL ORDER BY id LIMIT 2;

-- name: ListDevices
SELECT id, agent_id, coalesce(anchor, ''), name, os, os_version, arch, agent_version, enrolled_at, last_seen, clock_offset, certificate, removed_at, group_name, group_since
FROM devices ORDER BY name, id;

-- name: SaveDevice
INSERT INTO devices (id, anchor, agent_id, certificate, name, os, os_version, arch, agent_version, enrolled_at, bundle_version)
VALUES (?1, nullif(?2, ''), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
ON CONFLICT (id) DO UPDATE SET
  agent_id = excluded.agent_id, certificate = excluded.certificate, name = excluded.name, os = excluded.os,
  os_version = excluded.os_version, arch = excluded.arch, agent_version = excluded.agent_version,
  enrolled_at = excluded.enrolled_at, removed_at = NULL, dirty = devices.dirty + 1;

-- name: SupersedeAgents
UPDATE agents SET superseded_at = ?2 WHERE device_id = ?1 AND superseded_at IS NULL;

-- name: InsertAgent
INSERT INTO agents (id, device_id, token_id, enrolled_at) VALUES (?1, ?2, ?3, ?4);

-- name: InsertCertificate
INSERT INTO certificates (serial, agent_id, key_hash, not_before, not_after, issued_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: PutCertificateInForce
UPDATE devices SET certificate = ?3 WHERE id = ?1 AND agent_id = ?2;

-- name: RemoveDevice
UPDATE devices SET removed_at = ?2, dirty = dirty + 1 WHERE id = ?1 AND removed_at IS NULL;

-- name: HearDevice
UPDATE devices SET
  last_seen = max(coalesce(last_seen, 0), ?2), clock_offset = ?3,
  -- It says that there is nothing to tell, unless it is the first word of a stream or reports are just coming.
  told_at = CASE WHEN ?4 = '' AND ?2 - coalesce(report_at, 0) >= 50000000 THEN max(coalesce(told_at, 0), ?2) ELSE told_at END,
  agent_version = CASE WHEN ?4 = '' THEN agent_version ELSE ?4 END,
  boot_id = CASE WHEN ?5 = '' THEN boot_id ELSE ?5 END
WHERE id = ?1;

-- name: HearDay
INSERT INTO heard_days (device_id, day, first_at, last_at) VALUES (?1, ?2, ?3, ?3)
ON CONFLICT (device_id, day) DO UPDATE SET last_at = max(last_at, excluded.last_at), first_at = min(first_at, excluded.first_at);

-- name: SoilDevice
UPDATE devices SET dirty = dirty + 1, last_seen = CASE WHEN ?2 IS NULL THEN last_seen ELSE max(coalesce(last_seen, 0), ?2) END,
  report_at = CASE WHEN ?3 IS NULL THEN report_at ELSE ?2 END, told_at = CASE WHEN ?3 IS NULL THEN told_at ELSE max(coalesce(told_at, 0), ?3) END
WHERE id = ?1;

-- name: SoilAllDevices
UPDATE devices SET dirty = dirty + 1;

-- name: ListDirtyDevices
SELECT id, dirty FROM devices WHERE dirty <> assessed ORDER BY id;

-- name: MarkDeviceAssessed
UPDATE devices SET assessed = ?2 WHERE id = ?1 AND assessed < ?2;

-- name: GetStanding
SELECT 1 FROM devices WHERE id = ?1 AND agent_id = ?2 AND removed_at IS NULL;

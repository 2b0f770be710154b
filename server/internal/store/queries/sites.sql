-- name: ListSites
SELECT s.id, s.name, s.place_kind, s.declared, s.people, s.devices, s.possible, s.kinds, s.anchors, s.since, s.last_at
FROM sites s WHERE ?1 = '' OR s.id = ?1 OR s.name = ?1 ORDER BY s.id;

-- name: GetSiteOf
SELECT s.id, s.name, s.place_kind, s.declared, s.people, s.devices, s.possible, s.kinds, s.anchors, s.since, s.last_at
FROM site_members m JOIN sites s ON s.id = m.site_id WHERE m.device_id = ?1 AND m.certain = 1;

-- name: ListSiteMembers
SELECT m.site_id, m.device_id, m.person, m.certain, m.mechanisms, m.since, m.last_at FROM site_members m ORDER BY m.site_id, m.device_id;

-- name: ListMembersOfSite
SELECT m.device_id, m.person, m.certain, m.mechanisms, m.since, m.last_at, d.name,
  coalesce((SELECT a.level || ' ' || a.score FROM assessments a WHERE a.device_id = m.device_id ORDER BY a.score DESC LIMIT 1), 'none 0')
FROM site_members m JOIN devices d ON d.id = m.device_id WHERE m.site_id = ?1 ORDER BY m.device_id;

-- name: ListSiteLinks
SELECT l.a, l.b, l.certain, l.kind, l.strength, l.reason, l.first_at, l.last_at, l.days, '', '' FROM site_links l;

-- name: ListLinksOfSite
SELECT l.a, l.b, l.certain, l.kind, l.strength, l.reason, l.first_at, l.last_at, l.days, x.name, y.name
FROM site_links l JOIN devices x ON x.id = l.a JOIN devices y ON y.id = l.b
WHERE l.a IN (SELECT device_id FROM site_members WHERE site_id = ?1 AND certain = 1)
   OR l.b IN (SELECT device_id FROM site_members WHERE site_id = ?1 AND certain = 1)
ORDER BY l.certain DESC, l.strength DESC, l.a, l.b, l.kind LIMIT 2000;

-- name: SaveSite
INSERT INTO sites (id, name, place_kind, declared, people, devices, possible, kinds, anchors, since, last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, place_kind = excluded.place_kind, declared = excluded.declared, people = excluded.people,
  devices = excluded.devices, possible = excluded.possible, kinds = excluded.kinds, anchors = excluded.anchors, since = excluded.since, last_at = excluded.last_at;

-- name: DeleteSite
DELETE FROM sites WHERE id = ?1;

-- name: SaveSiteMember
INSERT INTO site_members (site_id, device_id, person, certain, mechanisms, since, last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (site_id, device_id) DO UPDATE SET person = excluded.person, certain = excluded.certain, mechanisms = excluded.mechanisms,
  since = excluded.since, last_at = excluded.last_at;

-- name: DeleteSiteMember
DELETE FROM site_members WHERE site_id = ?1 AND device_id = ?2;

-- name: SaveSiteLink
INSERT INTO site_links (a, b, kind, certain, strength, reason, first_at, last_at, days) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (a, b, kind) DO UPDATE SET certain = excluded.certain, strength = excluded.strength, reason = excluded.reason,
  first_at = excluded.first_at, last_at = excluded.last_at, days = excluded.days;

-- name: DeleteSiteLink
DELETE FROM site_links WHERE a = ?1 AND b = ?2 AND kind = ?3;

-- name: SaveSiteLook
INSERT INTO site_looks (one, at) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET at = excluded.at;

-- name: GetSiteLook
SELECT at FROM site_looks WHERE one = 1;

-- name: ListSiteStandings
SELECT a.site_id, s.name, a.since, a.judged_at, a.seen, a.revision, a.assessment
FROM site_assessments a JOIN sites s ON s.id = a.site_id WHERE ?1 = '' OR a.site_id = ?1 ORDER BY a.score DESC, a.site_id, a.conclusion;

-- name: SaveSiteStanding
INSERT INTO site_assessments (site_id, conclusion, level, score, since, judged_at, seen, revision, assessment) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (site_id, conclusion) DO UPDATE SET level = excluded.level, score = excluded.score, since = excluded.since,
  judged_at = excluded.judged_at, seen = excluded.seen, revision = excluded.revision, assessment = excluded.assessment;

-- name: ListAlertsOfSite
SELECT a.id, a.device_id, d.name, a.conclusion, a.level, a.score, a.title, a.state, a.assignee, a.close_reason, a.active,
  a.opened_at, a.last_seen, a.updated_at, a.closed_at, a.version, a.previous, a.assessment, a.findings, a.present, a.site_id, a.site_name
FROM alerts a JOIN devices d ON d.id = a.device_id
WHERE a.site_id = ?1 ORDER BY a.opened_at DESC, a.id DESC LIMIT 200;

-- name: ListOpenAlertsOfSites
SELECT a.id, a.site_id FROM alerts a WHERE a.site_id <> '' AND a.state <> 'closed' ORDER BY a.site_id, a.opened_at;

-- name: ListUnsettledSites
SELECT DISTINCT site_id FROM alerts WHERE site_id <> '' AND active = 1 ORDER BY 1;

-- name: ListCovering
-- Also of a site that is there no more: its alert still rests on what was found of the device.
SELECT a.conclusion, a.id FROM alerts a
WHERE a.site_id <> '' AND a.state <> 'closed' AND (
  EXISTS (SELECT 1 FROM site_members m WHERE m.device_id = ?1 AND m.certain = 1 AND m.site_id = a.site_id)
  OR EXISTS (SELECT 1 FROM json_each(a.findings) f JOIN findings x ON x.device_id = ?1 AND x.uid = f.value));

-- name: ListGenerations
-- What it told or was decided of it, and when it was judged last.
SELECT d.id, d.dirty + coalesce((SELECT max(a.judged_at) FROM assessments a WHERE a.device_id = d.id), 0) FROM devices d WHERE d.removed_at IS NULL;

-- name: ListFindingsOfSite
SELECT device_id, uid, rule, title, status, severity, confidence, first_seen, last_seen, first_seen_raw, last_seen_raw, received_at, evidence
FROM findings WHERE device_id IN (SELECT device_id FROM site_members WHERE site_id = ?1 AND certain = 1 UNION SELECT ?2)
  AND uid IN (SELECT value FROM json_each(?3)) ORDER BY status DESC, last_seen DESC, device_id, uid LIMIT ?4;

-- name: SoilDevicesOfSite
UPDATE devices SET dirty = dirty + 1 WHERE id = ?2 OR id IN (SELECT device_id FROM site_members WHERE site_id = ?1 AND certain = 1);

-- name: ListDriven
SELECT device_id FROM assessments WHERE conclusion = ?1 AND level <> 'none' ORDER BY device_id;

-- name: ListRosterImports
SELECT id, kind, label, rows, digest, by, at, change FROM roster_imports ORDER BY kind, label;

-- name: GetRosterImport
SELECT id, kind, label, rows, digest, by, at, change FROM roster_imports WHERE kind = ?1 AND label = ?2;

-- name: InsertRosterImport
INSERT INTO roster_imports (kind, label, rows, digest, by, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id;

-- name: RenewRosterImport
-- Of changes, each is a later one than those of every other import: they tell which was the last to say something new.
UPDATE roster_imports SET rows = ?2, digest = ?3, by = ?4, at = ?5, change = CASE WHEN ?6 THEN 1 + (SELECT max(change) FROM roster_imports) ELSE change END WHERE id = ?1;

-- name: TouchRosterImports
UPDATE roster_imports SET change = change + 1;

-- name: DeleteRosterImport
DELETE FROM roster_imports WHERE id = ?1;

-- name: ListRosterRowsOfImport
SELECT id, device, person, words FROM roster_rows WHERE import_id = ?1;

-- name: DeleteRosterRow
DELETE FROM roster_rows WHERE id = ?1;

-- name: DeleteRosterRows
DELETE FROM roster_rows WHERE import_id = ?1;

-- name: InsertRosterRow
INSERT INTO roster_rows (import_id, kind, device, person, words) VALUES (?1, ?2, ?3, ?4, ?5);

-- name: ListRosterRows
SELECT import_id, kind, device, person, words FROM roster_rows ORDER BY id;

-- name: ListRosterRowsOfKind
SELECT import_id, kind, device, person, words FROM roster_rows WHERE kind = ?1 ORDER BY id;

-- name: ListDevicesCalled
-- By what imports call them: id, anchor or name.
SELECT id FROM devices WHERE removed_at IS NULL AND (id IN (SELECT value FROM json_each(?1)) OR anchor IN (SELECT value FROM json_each(?1)) OR name IN (SELECT value FROM json_each(?1)))
ORDER BY id;

-- name: ListNamesHeldBy
SELECT DISTINCT device FROM roster_rows WHERE kind = 'devices' AND person <> '' AND person IN (SELECT value FROM json_each(?1));

-- name: ListDevicesOfGroups
SELECT DISTINCT device_id FROM memberships WHERE group_name IN (SELECT value FROM json_each(?1)) ORDER BY device_id;

-- name: ListRosterDevices
SELECT d.id, d.name, coalesce(d.anchor, ''), d.group_name, d.last_seen, min(a.enrolled_at), max(a.enrolled_at)
FROM devices d LEFT JOIN agents a ON a.device_id = d.id WHERE d.removed_at IS NULL GROUP BY d.id ORDER BY d.id;

-- name: GetAgentTimes
SELECT min(enrolled_at), max(enrolled_at) FROM agents WHERE device_id = ?1;

-- name: ListMembershipsOfAll
SELECT m.device_id, m.group_name, m.since FROM memberships m JOIN devices d ON d.id = m.device_id AND d.removed_at IS NULL ORDER BY m.device_id, m.since, m.id;

-- name: CountDevicesNamed
SELECT count(*) FROM devices WHERE name = ?1 AND removed_at IS NULL;

-- name: GetRosterState
SELECT coalesce((SELECT group_concat(id || ' ' || change || ' ' || digest) FROM roster_imports), '') || ' ' ||
  (SELECT count(*) || ' ' || coalesce(max(enrolled_at), 0) || ' ' || coalesce(sum(removed_at), 0) FROM devices) || ' ' || (SELECT coalesce(max(id), 0) FROM memberships);

-- name: ListCountriesStood
-- By addresses that tell a place, other than the company's own. A dish may be in another country than its address.
SELECT device_id, day, group_concat(DISTINCT country), min(first_at), max(last_at) FROM stays
WHERE day >= ?1 AND country <> '' AND corporate = '' AND network_class IN ('residential', 'mobile', 'education', 'business')
GROUP BY device_id, day ORDER BY device_id, day;

-- name: DeleteRosterRowsOfDevice
DELETE FROM roster_rows WHERE device <> '' AND device IN (SELECT value FROM json_each(?1)) AND kind IN ('devices', 'tickets');

-- name: ForgetRosterRows
-- What was over before a moment: tickets, journeys, leave, and laptops that were given back.
DELETE FROM roster_rows WHERE kind IN ('devices', 'tickets', 'travel', 'leave') AND json_extract(words, '$.to') < ?1;

-- name: ForgetRowsOfClass
DELETE FROM facts WHERE class = ?1;

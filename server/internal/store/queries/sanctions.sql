-- name: ListSanctions
SELECT id, name, version, tools, conditions, tenants, devices, groups, approved_at_console, ticket_required, hours, owner, approver, second_approver,
  justification, ticket, created_by, created_at, starts_at, expires_at, revoked_at, replaced_at
FROM sanctions ORDER BY created_at DESC, id DESC;

-- name: ListSanctionsAbout
-- Those that can speak of a device since a moment: neither those that ended before, nor
-- those of groups that it never was in. A judgement reads each of them.
SELECT id, name, version, tools, conditions, tenants, devices, groups, approved_at_console, ticket_required, hours, owner, approver, second_approver,
  justification, ticket, created_by, created_at, starts_at, expires_at, revoked_at, replaced_at
FROM sanctions
WHERE expires_at > ?2 AND coalesce(revoked_at, replaced_at, expires_at) > ?2 AND (
  EXISTS (SELECT 1 FROM json_each(devices) WHERE value = ?1) OR
  EXISTS (SELECT 1 FROM json_each(groups) WHERE value = 'all-workstations' OR value IN (SELECT group_name FROM memberships WHERE device_id = ?1)))
ORDER BY created_at DESC, id DESC;

-- name: GetSanction
SELECT id, name, version, tools, conditions, tenants, devices, groups, approved_at_console, ticket_required, hours, owner, approver, second_approver,
  justification, ticket, created_by, created_at, starts_at, expires_at, revoked_at, replaced_at
FROM sanctions WHERE id = ?1 OR name = ?1 ORDER BY id = ?1 DESC, version DESC LIMIT 1;

-- name: CountLiveSanctions
SELECT count(*) FROM sanctions WHERE expires_at > ?1 AND revoked_at IS NULL AND replaced_at IS NULL;

-- name: InsertSanction
INSERT INTO sanctions (id, name, version, tools, conditions, tenants, devices, groups, approved_at_console, ticket_required, hours, owner, approver, second_approver,
  justification, ticket, created_by, created_at, starts_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20);

-- name: RevokeSanction
UPDATE sanctions SET revoked_at = ?2 WHERE id = ?1;

-- name: SupersedeSanction
UPDATE sanctions SET replaced_at = ?2 WHERE id = ?1;

-- name: InsertTicket
INSERT INTO tickets (id, sanction, device_id, ticket, opens_at, closes_at, opened_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- name: ListTickets
SELECT id, sanction, device_id, ticket, opens_at, closes_at, opened_by FROM tickets
WHERE closes_at > ?1 AND (?2 = '' OR device_id = ?2) ORDER BY opens_at DESC, id DESC LIMIT ?3;

-- name: SetGroup
UPDATE devices SET group_name = ?2, group_since = ?3, dirty = dirty + 1 WHERE id = ?1;

-- name: InsertMembership
INSERT INTO memberships (device_id, group_name, since) VALUES (?1, ?2, ?3);

-- name: ListMemberships
SELECT group_name, since FROM (
  SELECT id, group_name, since FROM memberships WHERE device_id = ?1 ORDER BY since DESC, id DESC LIMIT ?2
) ORDER BY since, id;

-- name: ListDevicesFound
-- Those in a scope on which one of the rules held at some time since a moment.
SELECT DISTINCT f.device_id FROM findings f
WHERE f.rule IN (SELECT value FROM json_each(?1)) AND (f.status = 'open' OR f.last_seen >= ?2)
  AND ('all-workstations' IN (SELECT value FROM json_each(?4)) OR f.device_id IN (SELECT value FROM json_each(?3)) OR f.device_id IN (
    SELECT device_id FROM memberships WHERE group_name IN (SELECT value FROM json_each(?4))))
ORDER BY 1;

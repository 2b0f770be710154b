-- name: ListSanctions
SELECT id, tool, coalesce(device_id, ''), justification, created_by, created_at, starts_at, expires_at, revoked_at, conditions
FROM sanctions ORDER BY created_at DESC, id DESC;

-- name: GetSanction
SELECT id, tool, coalesce(device_id, ''), justification, created_by, created_at, starts_at, expires_at, revoked_at, conditions
FROM sanctions WHERE id = ?1;

-- name: InsertSanction
INSERT INTO sanctions (id, tool, device_id, justification, created_by, created_at, starts_at, expires_at, conditions)
VALUES (?1, ?2, nullif(?3, ''), ?4, ?5, ?6, ?7, ?8, ?9);

-- name: RevokeSanction
UPDATE sanctions SET revoked_at = ?2 WHERE id = ?1;

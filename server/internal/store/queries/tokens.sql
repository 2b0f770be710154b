-- name: InsertToken
INSERT INTO tokens (id, secret_hash, description, uses_total, uses_left, created_at, created_by, expires_at, group_name)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);

-- name: GetToken
SELECT id, secret_hash, description, uses_total, uses_left, created_at, created_by, expires_at, revoked_at, group_name FROM tokens WHERE id = ?1;

-- name: ListTokens
SELECT id, secret_hash, description, uses_total, uses_left, created_at, created_by, expires_at, revoked_at, group_name FROM tokens ORDER BY created_at DESC, id;

-- name: UseToken
UPDATE tokens SET uses_left = uses_left - 1 WHERE id = ?1 AND uses_left > 0;

-- name: RevokeToken
UPDATE tokens SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1;

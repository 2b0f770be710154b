-- name: InsertUser
INSERT INTO users (name, role, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING;

-- name: GetUser
SELECT name, role, created_at FROM users WHERE name = ?1;

-- name: InsertCode
INSERT INTO sign_in_codes (hash, user, created_at, expires_at) VALUES (?1, ?2, ?3, ?4);

-- name: UseCode
UPDATE sign_in_codes SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2;

-- name: GetCodeUser
SELECT u.name, u.role, u.created_at FROM sign_in_codes c JOIN users u ON u.name = c.user WHERE c.hash = ?1;

-- name: DropOldCodes
DELETE FROM sign_in_codes WHERE expires_at < ?1;

-- name: InsertSession
INSERT INTO sessions (hash, user, created_at, expires_at) VALUES (?1, ?2, ?3, ?4);

-- name: GetSession
SELECT u.name, u.role, u.created_at, s.created_at, s.expires_at FROM sessions s JOIN users u ON u.name = s.user
WHERE s.hash = ?1 AND s.ended_at IS NULL AND s.expires_at > ?2;

-- name: EndSession
UPDATE sessions SET ended_at = ?2 WHERE hash = ?1 AND ended_at IS NULL AND expires_at > ?2;

-- name: DropOldSessions
DELETE FROM sessions WHERE expires_at < ?1;

-- name: CountAudit
SELECT coalesce(max(idx) + 1, 0) FROM audit_records;

-- name: InsertAudit
INSERT INTO audit_records (idx, at, actor, action, object, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: InsertAuditHash
INSERT INTO audit_hashes (idx, hash) VALUES (?1, ?2);

-- name: GetAuditHash
SELECT hash FROM audit_hashes WHERE idx = ?1;

-- name: ListAuditHashes
SELECT hash FROM audit_hashes WHERE idx >= ?1 ORDER BY idx LIMIT ?2;

-- name: ListAudit
SELECT idx, at, actor, action, object, detail FROM audit_records WHERE idx >= ?1 ORDER BY idx LIMIT ?2;

-- name: ListAuditBackwards
SELECT idx, at, actor, action, object, detail FROM audit_records
WHERE idx < ?1 AND (?2 = '' OR object = ?2) ORDER BY idx DESC LIMIT ?3;

-- name: ListAuditBetween
SELECT idx, at, actor, action, object, detail FROM audit_records WHERE at >= ?1 AND at < ?2 ORDER BY idx;

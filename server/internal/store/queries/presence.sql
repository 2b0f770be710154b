-- name: InsertQuestion
INSERT INTO presence_checks (id, device_id, alert_id, means, reason, asked_by, asked_at, due_at)
VALUES (?1, ?2, nullif(?3, ''), ?4, ?5, ?6, ?7, ?8);

-- name: GetQuestion
SELECT p.id, p.device_id, d.name, coalesce(p.alert_id, ''), p.means, p.reason, p.asked_by, p.asked_at, p.due_at, p.withdrawn_at,
  p.told, p.told_at, p.answered_by, p.answered_after_ms, p.answered_from, p.detail
FROM presence_checks p JOIN devices d ON d.id = p.device_id WHERE p.id = ?1;

-- name: ListQuestions
SELECT p.id, p.device_id, d.name, coalesce(p.alert_id, ''), p.means, p.reason, p.asked_by, p.asked_at, p.due_at, p.withdrawn_at,
  p.told, p.told_at, p.answered_by, p.answered_after_ms, p.answered_from, p.detail
FROM presence_checks p JOIN devices d ON d.id = p.device_id
WHERE (?1 = '' OR p.device_id = ?1) AND (?2 = '' OR p.alert_id = ?2)
ORDER BY p.asked_at DESC, p.id DESC LIMIT ?3;

-- name: ListQuestionsOfDevice
SELECT p.id, p.device_id, d.name, coalesce(p.alert_id, ''), p.means, p.reason, p.asked_by, p.asked_at, p.due_at, p.withdrawn_at,
  p.told, p.told_at, p.answered_by, p.answered_after_ms, p.answered_from, p.detail
FROM presence_checks p JOIN devices d ON d.id = p.device_id
WHERE p.device_id = ?1 AND p.asked_at >= ?2 ORDER BY p.asked_at DESC, p.id DESC;

-- name: ListQuestionsBetween
SELECT p.id, p.device_id, d.name, coalesce(p.alert_id, ''), p.means, p.reason, p.asked_by, p.asked_at, p.due_at, p.withdrawn_at,
  p.told, p.told_at, p.answered_by, p.answered_after_ms, p.answered_from, p.detail
FROM presence_checks p JOIN devices d ON d.id = p.device_id
WHERE p.asked_at < ?2 AND p.due_at >= ?1 ORDER BY p.asked_at, p.id;

-- name: WithdrawQuestion
UPDATE presence_checks SET withdrawn_at = ?2 WHERE id = ?1;

-- name: SaveAnswer
UPDATE presence_checks SET told = ?2, told_at = ?3, answered_by = ?4, answered_after_ms = ?5, answered_from = ?6, detail = ?7
WHERE id = ?1;

-- name: GetBundleVersion
SELECT bundle_version FROM devices WHERE id = ?1;

-- name: RaiseBundleVersion
UPDATE devices SET bundle_version = max(bundle_version + 1, ?2) WHERE id = ?1;

-- name: RaiseBundleVersions
UPDATE devices SET bundle_version = max(bundle_version + 1, ?1);

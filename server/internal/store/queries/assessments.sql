-- name: GetOutset
SELECT d.id, d.agent_id, coalesce(d.anchor, ''), d.name, d.os, d.os_version, d.arch, d.agent_version, d.enrolled_at, d.last_seen, d.clock_offset, d.certificate, d.removed_at, d.group_name, d.group_since,
  d.dirty, coalesce(d.told_at, d.last_seen), j.seen, j.due, j.due_by_clock, (SELECT min(enrolled_at) FROM agents WHERE device_id = d.id),
  EXISTS (SELECT 1 FROM sanctions), EXISTS (SELECT 1 FROM tickets WHERE device_id = d.id), EXISTS (SELECT 1 FROM memberships WHERE device_id = d.id),
  EXISTS (SELECT 1 FROM notices), EXISTS (SELECT 1 FROM alerts WHERE device_id = d.id), EXISTS (SELECT 1 FROM alerts WHERE site_id <> '' AND state <> 'closed'),
  EXISTS (SELECT 1 FROM coverage WHERE device_id = d.id AND state IN ('denied', 'failed')),
  -- Which import changed last counts too, and change tells it. An id may be given again.
  coalesce((SELECT group_concat(id || ' ' || change || ' ' || digest) FROM (SELECT * FROM roster_imports ORDER BY id)), '')
FROM devices d LEFT JOIN judgements j ON j.device_id = d.id WHERE d.id = ?1;

-- name: SaveJudged
INSERT INTO judgements (device_id, seen, due, due_by_clock) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (device_id) DO UPDATE SET seen = excluded.seen, due = excluded.due, due_by_clock = excluded.due_by_clock;

-- name: UnsettlePast
-- What is older than what was judged is judged again from its begin on.
UPDATE judgements SET seen = ?2 WHERE device_id = ?1 AND seen > ?2;

-- name: SaveAssessment
INSERT INTO assessments (device_id, conclusion, level, score, since, judged_at, revision, assessment) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (device_id, conclusion) DO UPDATE SET level = excluded.level, score = excluded.score, since = excluded.since,
  judged_at = excluded.judged_at, revision = excluded.revision, assessment = excluded.assessment;

-- name: ListAssessments
SELECT a.device_id, d.name, a.since, a.judged_at, a.revision, a.assessment
FROM assessments a JOIN devices d ON d.id = a.device_id
WHERE (?1 = '' AND d.removed_at IS NULL OR a.device_id = ?1 OR d.name = ?1)
ORDER BY a.score DESC, d.name, a.device_id, a.conclusion;

-- name: ListAssessmentsOfDevice
SELECT a.device_id, d.name, a.since, a.judged_at, a.revision, a.assessment
FROM assessments a JOIN devices d ON d.id = a.device_id
WHERE a.device_id = ?1 ORDER BY a.score DESC, a.conclusion;

-- name: ListRestlessDevices
SELECT j.device_id FROM judgements j JOIN devices d ON d.id = j.device_id WHERE j.due <= ?2 AND j.due <= coalesce(d.told_at, d.last_seen)
UNION SELECT device_id FROM judgements WHERE due_by_clock <= ?2
-- Another catalogue may conclude otherwise.
UNION SELECT device_id FROM assessments WHERE revision < ?1
UNION SELECT device_id FROM assessments WHERE revision > ?1
ORDER BY 1;

-- name: CountCoverage
SELECT device_id, sum(state = 'ok'), count(*) FROM coverage WHERE ?1 = '' OR device_id = ?1 GROUP BY device_id;

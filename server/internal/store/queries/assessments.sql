-- name: GetGeneration
SELECT dirty FROM devices WHERE id = ?1;

-- name: GetJudged
SELECT seen FROM judgements WHERE device_id = ?1;

-- name: SaveJudged
INSERT INTO judgements (device_id, seen) VALUES (?1, ?2) ON CONFLICT (device_id) DO UPDATE SET seen = excluded.seen;

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
SELECT device_id FROM spells WHERE to_at IS NULL
UNION SELECT device_id FROM assessments WHERE level <> 'none'
UNION SELECT device_id FROM alerts WHERE active = 1 AND site_id = ''
-- Another catalogue may conclude otherwise.
UNION SELECT device_id FROM assessments WHERE revision <> ?1
ORDER BY 1;

-- name: CountCoverage
SELECT device_id, sum(state = 'ok'), count(*) FROM coverage WHERE ?1 = '' OR device_id = ?1 GROUP BY device_id;

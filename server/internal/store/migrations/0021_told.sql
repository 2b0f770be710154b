-- +goose Up
-- Event time up to which a device has told what it saw: of what comes after nobody knows, however lately it was heard.
ALTER TABLE devices ADD COLUMN told_at INTEGER;
-- When its last report came, collector clock: a heartbeat close behind one may have overtaken others.
ALTER TABLE devices ADD COLUMN report_at INTEGER;

-- When time alone can change the verdict: once the device has told of so much, or once the collector's clock says so.
ALTER TABLE judgements ADD COLUMN due INTEGER;
ALTER TABLE judgements ADD COLUMN due_by_clock INTEGER;
UPDATE judgements SET due = seen;
CREATE INDEX judgements_due ON judgements (due) WHERE due IS NOT NULL;
CREATE INDEX judgements_due_by_clock ON judgements (due_by_clock) WHERE due_by_clock IS NOT NULL;
CREATE INDEX assessments_revision ON assessments (revision);

-- +goose Down
DROP INDEX assessments_revision;
DROP INDEX judgements_due_by_clock;
DROP INDEX judgements_due;
ALTER TABLE judgements DROP COLUMN due_by_clock;
ALTER TABLE judgements DROP COLUMN due;
ALTER TABLE devices DROP COLUMN report_at;
ALTER TABLE devices DROP COLUMN told_at;

-- +goose Up
-- What appeared on many laptops at once, told once.
CREATE TABLE notices (
  id         TEXT    PRIMARY KEY,
  subject    TEXT    NOT NULL,               -- a tool, or a rule
  tenant     TEXT    NOT NULL,               -- pseudonym; '' not told
  from_at    INTEGER NOT NULL,               -- event time
  to_at      INTEGER NOT NULL,
  decision   TEXT    NOT NULL CHECK (decision IN ('', 'expected', 'unexpected')),
  decided_by TEXT    NOT NULL,
  decided_at INTEGER,
  comment    TEXT    NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE notice_devices (
  device_id TEXT    NOT NULL REFERENCES devices (id),
  notice_id TEXT    NOT NULL REFERENCES notices (id),
  at        INTEGER NOT NULL,                -- event time at which it began there
  PRIMARY KEY (device_id, notice_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_devices_notice ON notice_devices (notice_id, at);

-- +goose Down
DROP TABLE notice_devices;
DROP TABLE notices;

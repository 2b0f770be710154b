-- +goose Up
-- A row is one version of a sanction; its lists are JSON arrays. A past version
-- stays, since what was seen in its time is weighed by it.
CREATE TABLE permissions (
  id                  TEXT    PRIMARY KEY,
  name                TEXT    NOT NULL,
  version             INTEGER NOT NULL,
  tools               TEXT    NOT NULL,
  conditions          TEXT    NOT NULL, -- of one rule's evidence
  tenants             TEXT    NOT NULL, -- pseudonyms with labels
  devices             TEXT    NOT NULL,
  groups              TEXT    NOT NULL,
  approved_at_console INTEGER NOT NULL,
  ticket_required     INTEGER NOT NULL,
  hours               TEXT    NOT NULL,
  owner               TEXT    NOT NULL,
  approver            TEXT    NOT NULL,
  second_approver     TEXT    NOT NULL,
  justification       TEXT    NOT NULL,
  ticket              TEXT    NOT NULL,
  created_by          TEXT    NOT NULL,
  created_at          INTEGER NOT NULL,
  starts_at           INTEGER NOT NULL,
  expires_at          INTEGER NOT NULL,
  revoked_at          INTEGER,
  replaced_at         INTEGER,
  UNIQUE (name, version)
) STRICT;
INSERT INTO permissions
SELECT id, tool || '-' || substr(id, -12), 1, json_array(tool), conditions, '[]',
  CASE WHEN device_id IS NULL THEN '[]' ELSE json_array(device_id) END, CASE WHEN device_id IS NULL THEN '["all-workstations"]' ELSE '[]' END,
  0, 0, '', '', '', '', justification, '', created_by, created_at, starts_at, expires_at, revoked_at, NULL
FROM sanctions;
DROP TABLE sanctions;
ALTER TABLE permissions RENAME TO sanctions;
CREATE INDEX sanctions_end ON sanctions (expires_at);

-- A ticket opens a sanction that requires one, on one device, for some hours.
CREATE TABLE tickets (
  id        TEXT    PRIMARY KEY,
  sanction  TEXT    NOT NULL, -- its name
  device_id TEXT    NOT NULL REFERENCES devices (id),
  ticket    TEXT    NOT NULL,
  opens_at  INTEGER NOT NULL,
  closes_at INTEGER NOT NULL,
  opened_by TEXT    NOT NULL
) STRICT;
CREATE INDEX tickets_device ON tickets (device_id, closes_at);
CREATE INDEX tickets_close ON tickets (closes_at);

-- The groups a device was in: a change counts from then on.
CREATE TABLE memberships (
  id         INTEGER PRIMARY KEY,
  device_id  TEXT    NOT NULL REFERENCES devices (id),
  group_name TEXT    NOT NULL, -- empty: in none
  since      INTEGER NOT NULL
) STRICT;
CREATE INDEX memberships_device ON memberships (device_id, since);

ALTER TABLE devices ADD COLUMN group_name TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN group_since INTEGER;
ALTER TABLE tokens ADD COLUMN group_name TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE tokens DROP COLUMN group_name;
ALTER TABLE devices DROP COLUMN group_since;
ALTER TABLE devices DROP COLUMN group_name;
DROP TABLE memberships;
DROP TABLE tickets;

CREATE TABLE permissions (
  id            TEXT    PRIMARY KEY,
  tool          TEXT    NOT NULL,
  device_id     TEXT    REFERENCES devices (id), -- NULL for every device
  justification TEXT    NOT NULL,
  created_by    TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  starts_at     INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,
  revoked_at    INTEGER,
  conditions    TEXT    NOT NULL DEFAULT '[]'
) STRICT;
-- What the old form cannot say is left out, rather than permitting more than was meant.
INSERT INTO permissions
SELECT id, json_extract(tools, '$[0]'), json_extract(devices, '$[0]'), justification, created_by, created_at, starts_at, expires_at,
  coalesce(revoked_at, replaced_at), conditions
FROM sanctions
WHERE json_array_length(tools) = 1 AND tenants = '[]' AND approved_at_console = 0 AND ticket_required = 0 AND hours = ''
  AND (json_array_length(devices) = 1 AND groups = '[]' OR devices = '[]' AND groups = '["all-workstations"]');
DROP TABLE sanctions;
ALTER TABLE permissions RENAME TO sanctions;

-- +goose Up
-- Files that the company imported about people, laptops and property: each replaces what the same kind and label held
-- before. Numbers never come again, so that a change shows.
CREATE TABLE roster_imports (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  kind   TEXT    NOT NULL,
  label  TEXT    NOT NULL,
  rows   INTEGER NOT NULL,
  digest TEXT    NOT NULL, -- SHA-256 over the rows as they are kept
  by     TEXT    NOT NULL,
  at     INTEGER NOT NULL,
  change INTEGER NOT NULL DEFAULT 0, -- counts whenever its rows change
  UNIQUE (kind, label)
) STRICT;

-- A row of one, as it is kept: no name, no number of a telephone, no address, no serial number. Where the file had those,
-- there is what became of them: one word, or a keyed hash.
CREATE TABLE roster_rows (
  id        INTEGER PRIMARY KEY,
  import_id INTEGER NOT NULL REFERENCES roster_imports (id),
  kind      TEXT    NOT NULL,
  device    TEXT    NOT NULL, -- what the file calls the laptop; empty where it names none
  person    TEXT    NOT NULL, -- opaque id; empty where it names none
  words     TEXT    NOT NULL  -- JSON
) STRICT;
CREATE INDEX roster_rows_import ON roster_rows (import_id);
CREATE INDEX roster_rows_device ON roster_rows (device, kind) WHERE device <> '';
CREATE INDEX roster_rows_person ON roster_rows (person, kind) WHERE person <> '';

-- +goose Down
DROP TABLE roster_rows;
DROP TABLE roster_imports;

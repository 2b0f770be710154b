-- +goose Up
-- A finding that comes and goes all day leaves thousands of spells; looking for
-- the open one, and for the recent ones, must not read them all.
CREATE INDEX spells_open ON spells (device_id, uid) WHERE to_at IS NULL;
CREATE INDEX spells_ended ON spells (device_id, to_at) WHERE to_at IS NOT NULL;
CREATE INDEX alerts_active ON alerts (device_id) WHERE active = 1;

-- +goose Down
DROP INDEX alerts_active;
DROP INDEX spells_ended;
DROP INDEX spells_open;

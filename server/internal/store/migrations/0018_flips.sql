-- +goose Up
-- How often on that day the device came to this stay from a network of the other kind:
-- from one that tells a place to one that hides it, or back.
ALTER TABLE stays ADD COLUMN flips INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE stays DROP COLUMN flips;

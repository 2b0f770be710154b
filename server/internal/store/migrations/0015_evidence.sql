-- +goose Up
-- What a finding rested on when a spell of it ended, for rules of which sanctions name
-- the hardware: what is plugged in later at the same place must not speak for it.
-- NULL where the finding's own evidence is all there is.
ALTER TABLE spells ADD COLUMN evidence TEXT;

-- +goose Down
ALTER TABLE spells DROP COLUMN evidence;

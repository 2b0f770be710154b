-- name: GetFacts
SELECT rows FROM facts WHERE device_id = ?1 AND class = ?2;

-- name: CountStays
SELECT count(*) FROM stays WHERE device_id = ?1 AND day = ?2;

-- name: GetLatestStay
SELECT CASE corporate WHEN '' THEN network_class ELSE 'corporate' END FROM stays WHERE device_id = ?1 AND day <= ?2 ORDER BY day DESC, last_at DESC LIMIT 1;

-- name: RenewStay
UPDATE stays SET
  network = ?6, network_name = ?7, network_class = ?8, country = ?9, corporate = ?10, listed = ?11, time_zone = ?12, utc_offset = ?13,
  round_trip = CASE WHEN ?14 = 0 THEN round_trip WHEN round_trip = 0 THEN ?14 ELSE min(round_trip, ?14) END,
  first_at = min(first_at, ?15), last_at = max(last_at, ?15), times = times + 1, flips = flips + ?16
WHERE device_id = ?1 AND day = ?2 AND gateway = ?3 AND access_point = ?4 AND address = ?5;

-- name: InsertStay
INSERT INTO stays (device_id, day, gateway, access_point, address, network, network_name, network_class, country, corporate, listed, time_zone, utc_offset, round_trip, first_at, last_at, times, flips)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15, 1, ?16);

-- name: ListStays
SELECT device_id, day, gateway, access_point, address, network, network_name, network_class, country, corporate, listed, time_zone, utc_offset, round_trip, first_at, last_at, times, flips
FROM stays WHERE day >= ?1 ORDER BY device_id, day, first_at, gateway, access_point, address;

-- name: ForgetStays
DELETE FROM stays WHERE day < ?1;

-- name: ForgetStaysOfDevice
DELETE FROM stays WHERE device_id = ?1;

-- name: ListEgress
SELECT kind, label, cidr, added_by, at FROM egress_lists ORDER BY kind, label, id;

-- name: GetEgressRevision
SELECT count(*), coalesce(max(id), 0) FROM egress_lists;

-- name: DeleteEgressList
DELETE FROM egress_lists WHERE kind = ?1 AND label = ?2;

-- name: InsertEgress
INSERT INTO egress_lists (kind, label, cidr, added_by, at) VALUES (?1, ?2, ?3, ?4, ?5);

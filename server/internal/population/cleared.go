package population

import (
	"maps"
	"slices"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

// pseudonymKey stands for a company's key. Nothing here is secret.
var pseudonymKey = make([]byte, 32)

// pseudonyms are the columns that leave a laptop as keyed hashes only, by class
// (proto/catalogue/classes.yaml; a test compares).
var pseudonyms = map[string][]string{
	"connected_displays":   {"serial_number", "serial_text", "edid_sha256_16"},
	"usb_devices":          {"serial"},
	"network_interfaces":   {"gateway", "access_point", "dhcp_domain"},
	"remote_access":        {"tenant"},
	"remote_sessions":      {"peer", "peer_address", "account"},
	"process_open_sockets": {"remote_address"},
	"logged_in_users":      {"user", "remote"},
	"processes":            {"user"},
}

// cleared is a row as it leaves a laptop: what is local stays there, and what tells
// of whom or where is a keyed hash.
func (f *Fleet) cleared(row finding.Observation) finding.Observation {
	row.Columns = maps.Clone(row.Columns)
	maps.DeleteFunc(row.Columns, func(column, value string) bool {
		return value == "" || !f.catalogue.Leaves(row.Class, column)
	})
	for _, column := range pseudonyms[row.Class] {
		if value := row.Columns[column]; value != "" {
			row.Columns[column] = pseudonym(value)
		}
	}
	return row
}

func pseudonym(value string) string { return enroll.Pseudonym(pseudonymKey, value) }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

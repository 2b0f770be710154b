package parse

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A Grant is one right that macOS' register of rights (TCC) gives or refuses.
type Grant struct {
	Service string // kTCCServiceScreenCapture and others
	Client  string // bundle id, or path where Path is true
	Path    bool
	Allowed bool
	Reason  int         // why, as macOS numbers it
	Asked   Requirement // what macOS asks of whoever uses it
}

// The reasons that say who gave a right.
const (
	GrantConsent = 2 // a person, when asked
	GrantSet     = 3 // a person, in the settings
	GrantMDM     = 6 // the company's profile
)

const grantsMaximum = 4 << 20

// ParseGrants reads the register's rows as sqlite3 prints them in JSON; nothing
// is printed of no rows.
func ParseGrants(b []byte) ([]Grant, error) {
	if len(b) > grantsMaximum {
		return nil, fmt.Errorf("register of rights: %d bytes, want at most %d", len(b), grantsMaximum)
	}
	if strings.TrimSpace(string(b)) == "" {
		return nil, nil
	}
	var rows []struct {
		Service string `json:"service"`
		Client  string `json:"client"`
		Kind    int    `json:"client_type"`
		Value   int    `json:"auth_value"`
		Reason  int    `json:"auth_reason"`
		Asked   string `json:"asked"`
	}
	if err := json.Unmarshal(b, &rows); err != nil {
		return nil, errors.New("register of rights: no JSON of its rows") // the decoder may quote it
	}
	grants := make([]Grant, 0, min(len(rows), settingsLimit))
	for _, row := range rows[:min(len(rows), settingsLimit)] {
		grant := Grant{Service: short(row.Service), Client: short(row.Client), Path: row.Kind == 1, Allowed: row.Value >= 2, Reason: row.Reason}
		if compiled, err := hex.DecodeString(row.Asked); err == nil && len(compiled) > 0 {
			if asked, err := ParseRequirement(compiled); err == nil {
				grant.Asked = asked
			}
		}
		grants = append(grants, grant)
	}
	return grants, nil
}

package sensor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// remoteAccess is how one program for remote access is set up. Of passwords, PINs,
// keys and tokens it holds that there is one, and never what.
type remoteAccess struct {
	Tool       string `column:"tool,key,public" about:"which program for remote access, by its name in the catalogue"`
	Unattended string `column:"unattended,public" about:"whether it is set up so that somebody can come in without anybody at the laptop agreeing"`
	How        string `column:"how,public" about:"by what: pin, password, trusted (a remembered device or key), service, silent_install or enrolled; that there is one, never which"`
	Tenant     string `column:"tenant,key,pseudonym" about:"whose it is: the account, organisation, network or server that it answers to"`
	TenantKind string `column:"tenant_kind,key,public" about:"what kind of owner that names: mesh, server, instance, custom_server, tailnet, organisation, account, network, tunnel or console"`
	SelfHosted string `column:"self_hosted,public" about:"whether it answers to a server other than its maker's"`
	Enabled    string `column:"enabled,public" about:"whether it starts by itself"`
	Place      string `column:"place,local" about:"the settings this was read from"`
}

// RemoteAccess looks at how programs for remote access are set up.
func RemoteAccess() Sensor { return newAccessShelf(&startShelf{}).sensor() }

func newAccessShelf(starts *startShelf) *accessShelf { return &accessShelf{starts: starts} }

func (s *accessShelf) sensor() Sensor {
	return Define(Options{
		Class: "remote_access", Every: 10 * time.Minute, Facts: true,
		About: "Looks at how remote-control software is set up: whether somebody can come in without anybody agreeing, and on whose account. Of passwords and keys it notes that there is one, never what it is.",
	}, s.collect)
}

// Bounds of the rows: a laptop has a handful. Whoever makes up many accounts of
// one program hides no other program with them.
const (
	accessLimit  = 1000
	accountLimit = 50 // of one program
)

func (s *accessShelf) collect(ctx context.Context, h host.Host) ([]remoteAccess, error) {
	look := s.begin(ctx, h)
	if len(look.homes) == 0 && !slices.ContainsFunc([]string{"etc", "Library", "ProgramData", registryRoot}, func(place string) bool { return exists(look.fsys, place) }) {
		return nil, nothing("settings of remote-access software")
	}
	for _, read := range settingsReaders() {
		if err := ctx.Err(); err != nil {
			return look.rows.sorted(), errors.Join(look.failure(), fmt.Errorf("read the settings of remote-access software: %w", err))
		}
		read(look)
	}
	return look.rows.sorted(), look.failure()
}

// accessRows are the rows so far, by what makes a row one.
type accessRows map[string]*remoteAccess

// add takes in a row. What several settings say of one program on one account is
// one row: whoever can come in by one of them can come in. It is false when there
// is no room for the row.
func (rows accessRows) add(row remoteAccess) bool {
	row.Tenant = tenantName(row.Tenant)
	if row.Tenant == "" {
		row.TenantKind = ""
	}
	key := strings.Join([]string{row.Tool, row.TenantKind, row.Tenant}, "\x00")
	old := rows[key]
	if old == nil {
		if len(rows) >= accessLimit || row.Tenant != "" && rows.accounts(row.Tool) >= accountLimit {
			return false
		}
		rows[key] = &row
		return true
	}
	old.Unattended = either(old.Unattended, row.Unattended)
	old.SelfHosted = either(old.SelfHosted, row.SelfHosted)
	old.Enabled = either(old.Enabled, row.Enabled)
	old.Place = cmp.Or(old.Place, row.Place)
	old.How = words(strings.Fields(old.How + " " + row.How))
	return true
}

func (rows accessRows) accounts(tool string) int {
	n := 0
	for _, row := range rows {
		if row.Tool == tool {
			n++
		}
	}
	return n
}

// either joins two truths that may be unknown: one that holds is enough.
func either(a, b string) string {
	if a == "true" || b == "true" {
		return "true"
	}
	return cmp.Or(a, b)
}

// words sorts words, keeps each once and joins them.
func words(list []string) string {
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}

// sorted gives the rows in order. A row that names no tenant says nothing more
// where others of its program do, so what it says goes to them.
func (rows accessRows) sorted() []remoteAccess {
	var sorted []remoteAccess
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		row := *rows[key]
		if row.Tenant != "" {
			if bare := rows[row.Tool+"\x00\x00"]; bare != nil {
				row.Unattended, row.Enabled = either(row.Unattended, bare.Unattended), either(row.Enabled, bare.Enabled)
				row.How = words(strings.Fields(row.How + " " + bare.How))
			}
		} else if rows.owned(row.Tool) {
			continue
		}
		sorted = append(sorted, row)
	}
	return sorted
}

func (rows accessRows) owned(tool string) bool {
	for _, row := range rows {
		if row.Tool == tool && row.Tenant != "" {
			return true
		}
	}
	return false
}

// tenantName is the one way in which a tenant is written, on the laptop and by
// whoever allows it: without spaces around it, in lower case.
func tenantName(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

package sensor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// grant is what macOS lets one program do with the screen and with input.
type grant struct {
	Client     string `column:"client,key,public" people:"out" about:"bundle id of the program, or its file name where it has none"`
	BundleID   string `column:"bundle_id,public" people:"out" about:"bundle id, where the right is given to one"`
	TeamID     string `column:"team_id,public" about:"number by which Apple knows the developer, as macOS demands it of whoever uses the right"`
	Signature  string `column:"signature,public" about:"valid where macOS gives the right only to a program that is signed so; empty where it demands no maker"`
	Apple      bool   `column:"apple,public" about:"whether it is part of macOS: macOS demands Apple's own signature"`
	MayCapture bool   `column:"may_capture,public" about:"whether it may see the screen"`
	MayControl bool   `column:"may_control,public" about:"whether it may type and move the pointer (accessibility, or sending input)"`
	MayListen  bool   `column:"may_listen,public" about:"whether it may follow what is typed (input monitoring); what is typed is never looked at"`
	Source     string `column:"source,public" about:"who gave the rights: person, mdm (a profile of the company) or system"`
	Place      string `column:"place,local" about:"path of the program, where it has no bundle id"`
}

// Grants looks at which programs macOS lets see the screen and make input.
func Grants() Sensor {
	return Define(Options{
		Class: "tcc_access", Every: 10 * time.Minute,
		About: "Looks at which programs this Mac lets see the screen, make input or follow it, to notice one that could control the laptop and is nobody's.",
		Limits: []Limit{
			{OS: "linux", Reach: Impossible, Why: "Linux keeps no register of such rights: any program of an X11 session has them, and under Wayland the desktop asks each time. What programs do with them is in program_conduct."},
			{OS: "windows", Reach: Impossible, Why: "Windows keeps no register of such rights: any program of a person may see that person's screen and make input. What programs do is in program_conduct."},
			{OS: "darwin", Reach: Partial, Why: "macOS shows its register only to programs with Full Disk Access, which the company gives the agent by a profile (Privacy Preferences Policy Control, SystemPolicyAllFiles). The rights are the whole machine's; that a program has one does not say that it uses it."},
		},
	}, grants)
}

func grants(ctx context.Context, h host.Host) ([]grant, error) {
	if h.Platform().OS != "darwin" {
		return nil, fmt.Errorf("this system keeps no register of the programs that may see the screen and make input: %w", host.ErrUnsupported)
	}
	rows := grantRows{}
	output, err := h.Run(ctx, host.PrivacyGrants)
	if err != nil {
		return nil, closedRegister(err)
	}
	found, err := parse.ParseGrants(output)
	if err != nil {
		return nil, fmt.Errorf("read macOS' register of rights: %w", err)
	}
	for _, g := range found {
		rows.take(g)
	}
	v := newSurvey(h)
	rows.overrides(&v)
	if v.closed {
		err = fmt.Errorf("the list of rights that the company gives by profiles is closed to the agent: %w: give it Full Disk Access", host.ErrDenied)
	}
	return rows.sorted(), errors.Join(err, v.other)
}

// closedRegister says what would open the register. sqlite3 tells a closed file
// from a missing one by words alone.
func closedRegister(err error) error {
	for _, words := range []string{"authorization denied", "unable to open", "not permitted", "permission denied"} {
		if strings.Contains(strings.ToLower(err.Error()), words) {
			return fmt.Errorf("macOS' register of rights is closed to the agent: %w: give it Full Disk Access by a profile (Privacy Preferences Policy Control, SystemPolicyAllFiles)", host.ErrDenied)
		}
	}
	return fmt.Errorf("read macOS' register of rights: %w", err)
}

// grantRows are the rows so far, by program in lower case.
type grantRows map[string]*grantRow

type grantRow struct {
	grant
	sources []string
}

func (rows grantRows) of(client string) *grantRow {
	key := strings.ToLower(client)
	if rows[key] == nil {
		if len(rows) >= rowLimit {
			return &grantRow{}
		}
		rows[key] = &grantRow{grant: grant{Client: tidy(client)}}
	}
	return rows[key]
}

// take adds one right that is given.
func (rows grantRows) take(g parse.Grant) {
	if !g.Allowed || g.Client == "" {
		return
	}
	name := g.Client
	if g.Path {
		name = path.Base(name)
	}
	row := rows.of(name)
	if row.allow(g.Service, sourceOf(g.Reason)); g.Path {
		row.Place = g.Client
		return
	}
	row.BundleID = tidy(g.Client)
	if g.Asked.Identifier == g.Client {
		row.Apple = row.Apple || g.Asked.Apple
		row.TeamID = g.Asked.Team
		if g.Asked.Apple || g.Asked.Team != "" {
			row.Signature = "valid"
		}
	}
}

func sourceOf(reason int) string {
	switch reason {
	case parse.GrantConsent, parse.GrantSet:
		return "person"
	case parse.GrantMDM:
		return "mdm"
	}
	return "system"
}

func (row *grantRow) allow(service, source string) {
	switch strings.ToLower(strings.TrimPrefix(strings.ToLower(service), "ktccservice")) {
	case "screencapture":
		row.MayCapture = true
	case "accessibility", "postevent":
		row.MayControl = true
	case "listenevent":
		row.MayListen = true
	default:
		return
	}
	row.sources = append(row.sources, source)
}

// overrides adds what the company gives by profiles, which macOS keeps beside the
// register: program, right, and whether it is allowed. Names come in lower case.
func (rows grantRows) overrides(v *survey) {
	content := fileBytes(v, "Library/Application Support/com.apple.TCC/MDMOverrides.plist")
	if len(content) == 0 {
		return
	}
	found, err := parse.ParsePropertyList(content, parse.Wanted{Patterns: []string{"*/ktccservice*/allowed", "*/ktccservice*/authorization"}})
	if err != nil {
		v.other = fmt.Errorf("read the rights that profiles give: %w", err)
		return
	}
	for _, one := range found {
		parts := strings.Split(one.Name, "/")
		if len(parts) != 3 || one.Value != "true" && one.Value != "1" && !strings.EqualFold(one.Value, "allow") {
			continue
		}
		if service := strings.TrimPrefix(parts[1], "ktccservice"); slices.Contains([]string{"accessibility", "postevent", "listenevent", "screencapture"}, service) {
			row := rows.of(parts[0])
			row.BundleID = row.Client
			row.allow(service, "mdm")
		}
	}
}

func (rows grantRows) sorted() []grant {
	var sorted []grant
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		if row := rows[key]; len(row.sources) > 0 {
			row.Source = words(row.sources)
			sorted = append(sorted, row.grant)
		}
	}
	return sorted
}

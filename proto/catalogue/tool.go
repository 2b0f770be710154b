package catalogue

import (
	"cmp"
	"slices"
)

// A Tool is one remote-access product: one file below tools/. Rules
// "tool.<id>.<state>" are derived from what it shows itself by.
type Tool struct {
	ID           string     `yaml:"id"`
	Name         string     `yaml:"name"`
	Category     string     `yaml:"category"`      // one of categories
	Role         string     `yaml:"role"`          // host, viewer or both; host when it says nothing
	Unattended   bool       `yaml:"unattended"`    // by design nobody at the laptop needs to agree
	ForksSession bool       `yaml:"forks_session"` // for as long as somebody is connected, a copy of itself runs that it started
	SelfHostable bool       `yaml:"self_hostable"`
	Website      string     `yaml:"website"`
	Brings       string     `yaml:"brings"` // the tool of another maker that it puts in place by itself: the two count once
	Vendor       string     `yaml:"vendor"` // who makes it; products of one maker and parts that come together count once. Its id when there is none
	Artefacts    []Artefact `yaml:"artefacts"`
	Notes        []string   `yaml:"notes"`
	Machines     []string   `yaml:"machines"`   // recorded machines that show it
	Lookalikes   []string   `yaml:"lookalikes"` // recorded machines that come close and must stay silent
}

// The sides of a remote-access tool.
const (
	RoleHost   = "host"   // what runs here lets others in, or their traffic
	RoleViewer = "viewer" // the controlling side or an admin's client: listed and never scored
	RoleBoth   = "both"   // one program, or one maker's mark, is either side
)

// An Artefact is one thing by which a tool shows itself.
type Artefact struct {
	Type   string   `yaml:"type"` // one of kinds
	Value  string   `yaml:"value"`
	Match  string   `yaml:"match"`  // exact, prefix, suffix or glob
	OS     string   `yaml:"os"`     // linux, macos or windows; empty is any
	Weight float64  `yaml:"weight"` // how much it alone says that it is this tool, 0 to 1; by type when the file says nothing
	Flags  []string `yaml:"flags"`
	With   []string `yaml:"with"`   // one of these words stands on the command line as well
	Source []string `yaml:"source"` // where it was read
}

// Flags of artefacts. The first four never make a rule alone.
const (
	flagGeneric      = "generic"       // unrelated programs show it as well
	flagShared       = "shared"        // other remote-access tools show it as well
	flagMultiProduct = "multi_product" // everything of its maker shows it
	flagUnconfirmed  = "unconfirmed"   // it may be wrong
	flagHost         = RoleHost        // only the side that lets others in shows it
	flagViewer       = RoleViewer      // only the controlling side shows it
)

var (
	weakening = []string{flagGeneric, flagShared, flagMultiProduct, flagUnconfirmed}
	flags     = append(slices.Clone(weakening), flagHost, flagViewer)
)

// passages are the categories that give no control of the device themselves but
// open a way to it, or hide where its traffic goes: their own class of evidence.
var passages = []string{"tunnel", "ide-tunnel", "vpn", "mesh", "residential-proxy"}

func (t *Tool) passage() bool { return slices.Contains(passages, t.Category) }

// scored says whether the tool has rules at all. Viewers never do.
func (t *Tool) scored() bool { return t.Role != RoleViewer }

// role is the tool's side, which is the host's when its file says nothing.
func (t *Tool) role() string { return cmp.Or(t.Role, RoleHost) }

// is says whether the artefact has a flag.
func (a *Artefact) is(flag string) bool { return slices.Contains(a.Flags, flag) }

// weak says that the artefact proves nothing alone.
func (a *Artefact) weak() bool {
	return slices.ContainsFunc(a.Flags, func(f string) bool { return slices.Contains(weakening, f) })
}

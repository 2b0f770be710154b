package catalogue

// A Tool is one remote-access product: one file below tools/. The loader derives
// rules "tool.<id>.contacted|installed|running|listening|controlled" from it.
type Tool struct {
	ID           string   `yaml:"id"`
	Name         string   `yaml:"name"`
	Category     string   `yaml:"category"`      // remote-desktop, rmm, screen-share-with-control, tunnel, ide-tunnel, vpn, mesh, residential-proxy, jiggler, virtual-camera, kvm-software
	ControlsHost bool     `yaml:"controls_host"` // false for viewers and tools that give no control of this host: they never score
	Unattended   bool     `yaml:"unattended"`    // by design nobody at the laptop needs to agree
	SelfHostable bool     `yaml:"self_hostable"`
	Website      string   `yaml:"website"`
	Vendor       string   `yaml:"vendor"` // who makes it; products of one maker and parts that come together count once. Its id when there is none
	Linux        Traces   `yaml:"linux"`
	MacOS        Traces   `yaml:"macos"`
	Windows      Traces   `yaml:"windows"`
	Network      Network  `yaml:"network"`
	Notes        []string `yaml:"notes"`
	Sources      []string `yaml:"sources"`    // where each fact was read
	Machines     []string `yaml:"machines"`   // recorded machines that show it
	Lookalikes   []string `yaml:"lookalikes"` // recorded machines that come close and must stay silent
}

// Traces are what a tool leaves on one operating system.
type Traces struct {
	Processes  []string `yaml:"processes"`  // exact executable names; on Linux compared with the path's last element, the short name and the interpreted script
	Paths      []string `yaml:"paths"`      // path of the executable; * matches within one element
	Packages   []string `yaml:"packages"`   // package names of the system's own package manager
	Units      []string `yaml:"units"`      // systemd units, launchd labels, Windows services
	Signers    []string `yaml:"signers"`    // code signature subjects
	TeamIDs    []string `yaml:"team_ids"`   // Apple Team IDs
	BundleIDs  []string `yaml:"bundle_ids"` // Apple bundle identifiers
	Products   []string `yaml:"products"`   // PE product names
	Originals  []string `yaml:"originals"`  // PE OriginalFileName
	Arguments  []string `yaml:"arguments"`  // words in the command line that only its host role has
	SessionLog []string `yaml:"session_log"`
}

// Network is what a tool shows on the wire.
type Network struct {
	Domains []string `yaml:"domains"` // names that the program itself connects to, by suffix of at least two labels; a website is none
	Ports   []int    `yaml:"ports"`   // its own listening ports, never evidence alone
}

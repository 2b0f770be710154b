package host

import "time"

// Tool is one command line farmwatch may run. The list below is complete:
// nothing else is ever executed, and no argument comes from outside.
type Tool struct {
	Name    string        // how a recording keeps its output: "tools/<name>"
	Command []string      // program and all its arguments
	Timeout time.Duration // how long it may take
}

// The commands, in the order of their names.
var (
	// RPMPackages lists installed packages where the database is not a text file.
	RPMPackages = Tool{
		Name:    "rpm-packages",
		Command: []string{"rpm", "-qa", "--queryformat", `%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\n`},
		Timeout: 20 * time.Second,
	}
)

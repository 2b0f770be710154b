package sensor

import (
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const (
	shortName = 15      // where Linux cuts a process's name
	argsLimit = 4 << 10 // of a command line; the words that matter come early
)

// process is one running program.
type process struct {
	PID      int    `column:"pid,key,public" about:"number of the process"`
	Parent   int    `column:"parent,public" about:"number of the process that started it"`
	Forked   string `column:"forked,public" about:"true where the process that started it runs the same program, as servers do that make a copy of themselves for each visitor"`
	*program        // never nil
	Path     string `column:"path,local" about:"full path of the program"`
	Args     string `column:"args,local" about:"command line, used by rules on the laptop only"`
	Flags    string `column:"flags,local" about:"command line after the program and its script, used by rules on the laptop only"`
	User     string `column:"user,pseudonym" about:"account it runs under"`
	Started  string `column:"started,public" about:"when it was started"`
}

// Processes looks at the programs that run now.
func Processes() Sensor { return newOwners().processes() }

func (t *ownerTable) processes() Sensor {
	return Define(Options{
		Class: "processes", Every: 10 * time.Second,
		About: "Looks at the names of the programs that run, to recognise software that lets somebody else control this laptop.",
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "Programs that Windows protects, as those against viruses are, show neither their owner nor their command line, and services that share one program are not told apart. A program on a network drive is known by its name alone, since reading it would wake the network."},
		},
	}, t.all)
}

// identity is what a program is called, by each way of calling it.
type identity struct {
	name, file, script, path string
	read                     string // the script as the command line names it
	rest                     int    // where its own arguments begin in the command line
}

func identify(p host.Process) identity {
	who := identity{path: strings.TrimSuffix(p.Path, " (deleted)")}
	who.file = lastElement(who.path)
	first := ""
	if len(p.Args) > 0 {
		first, who.rest = p.Args[0], 1
	}
	if who.file == "" && (strings.HasPrefix(first, "/") || strings.Contains(first, `:\`)) {
		// Another account's executable cannot always be read; its command line can.
		who.file = lastElement(strings.Fields(first)[0])
	}
	if script, at := interpreted(who.file, p.Args); at > 0 {
		who.script, who.read, who.rest = lastElement(script), script, at+1
	}
	// A process may write anything into its first word, such as "sshd: anna@pts/0";
	// a program's name ends at the first blank or colon.
	title, _, _ := strings.Cut(first, " ")
	title, _, _ = strings.Cut(lastElement(title), ":")
	who.name = complete(p.Name, who.file, who.script, title)
	return who
}

// complete gives back what Linux cut off a name, from the first longer text
// that begins with it.
func complete(name string, candidates ...string) string {
	if len(name) != shortName {
		return name
	}
	for _, c := range candidates {
		if len(c) > len(name) && strings.HasPrefix(c, name) {
			return c
		}
	}
	return name
}

// lastElement is the file name of a path as any of the three systems writes it.
func lastElement(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[i+1:]
	}
	if len(p) > 2 && p[1] == ':' || strings.HasPrefix(p, `\\`) {
		return p[strings.LastIndexByte(p, '\\')+1:]
	}
	return p
}

func joined(args []string) string {
	text := strings.ToValidUTF8(strings.Join(args, " "), "?")
	if len(text) > argsLimit {
		text = strings.ToValidUTF8(text[:argsLimit], "")
	}
	return text
}

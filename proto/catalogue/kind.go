package catalogue

// A kind is what a type of artefact is worth and where it shows.
type kind struct {
	weight  float64
	columns []string // of rows about programs; the first is the strongest
	words   bool     // the column is a list of words
	name    bool     // whoever starts the program chooses it
	laid    bool     // whoever starts the program lays it around it: a service of their own, a file beside
}

// kinds are the types of artefacts. Those without columns show elsewhere: a
// domain in observed_names, or they are facts that sensors read by themselves.
var kinds = map[string]kind{
	"signer":          {weight: 0.7, columns: []string{"signer"}},
	"team_id":         {weight: 0.95, columns: []string{"team_id"}},
	"bundle_id":       {weight: 0.95, columns: []string{"bundle_id"}},
	"original_name":   {weight: 0.8, columns: []string{"original_name"}},
	"product":         {weight: 0.6, columns: []string{"product"}},
	"build_path":      {weight: 0.9, columns: []string{"build_path"}},
	"package":         {weight: 0.9, columns: []string{"package"}},
	"unit":            {weight: 0.9, columns: []string{"unit"}, laid: true},
	"library":         {weight: 0.5, columns: []string{"libraries"}, words: true},
	"side_file":       {weight: 0.7, columns: []string{"beside"}, words: true, laid: true},
	"banner":          {weight: 0.7, columns: []string{"banner"}},
	"path":            {weight: 0.6, columns: []string{"path"}, name: true},
	"process":         {weight: 0.4, columns: []string{"file", "script", "name"}, name: true},
	"session_process": {weight: 0.8, columns: []string{"file", "script", "name"}, name: true},
	"port":            {weight: 0.15, columns: []string{"port"}},
	"session_log":     {weight: 0.95},
	"domain":          {weight: 0.3},
	"pipe":            {weight: 0.3},
	"registry":        {weight: 0.3},
}

// programColumns are the columns by which programs are recognised, strongest first.
var programColumns = []string{
	"team_id", "bundle_id", "build_path", "package", "unit", "original_name", "signer", "beside",
	"banner", "product", "path", "libraries", "file", "script", "name", "port",
}

// The classes of rows that are about one program.
const (
	classProcesses = "processes"
	classListeners = "listening_ports"
	classSockets   = "process_open_sockets"
	classConduct   = "program_conduct"
)

// The other classes in which tools show.
const (
	classPackages = "packages"
	classStartup  = "startup_items"
	classNames    = "observed_names"
	classAccess   = "remote_access"
	classSessions = "remote_sessions"
)

// shortName is how much of a process's name the Linux kernel keeps.
const shortName = 15

// alone says whether the artefact by itself can make a row the tool's: a port
// or a banner never can, nor what is flagged.
func (a *Artefact) alone() bool {
	return len(kinds[a.Type].columns) > 0 && a.Type != "port" && a.Type != "banner" && !a.weak()
}

// ArtefactWeights gives the types of artefacts, by name, with what one of each
// weighs when its file says nothing.
func ArtefactWeights() map[string]float64 {
	weights := map[string]float64{}
	for name, k := range kinds {
		weights[name] = k.weight
	}
	return weights
}

package program

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const (
	folderLimit = 4096 // files of a folder that are looked at
	besideLimit = 8
	endingLimit = 12 // letters
)

// beside lists the endings of files in a program's folder that carry its name,
// as an agent's settings and store do: ".db .msh".
func beside(files host.FS, name string) string {
	if name == "" {
		return ""
	}
	own := path.Ext(name)
	if !strings.EqualFold(own, ".exe") {
		own = ""
	}
	stem := strings.ToLower(strings.TrimSuffix(path.Base(name), own))
	folder, err := files.Open(path.Dir(name))
	if err != nil {
		return ""
	}
	defer func() { _ = folder.Close() }() // it was only read
	listed, ok := folder.(fs.ReadDirFile)
	if !ok {
		return ""
	}
	entries, _ := listed.ReadDir(folderLimit) // those that came beside an error are there
	var endings []string
	for _, entry := range entries {
		ending, ok := strings.CutPrefix(strings.ToLower(entry.Name()), stem+".")
		if ok && ending != "exe" && plain(ending) && !entry.IsDir() {
			endings = append(endings, "."+ending)
		}
	}
	slices.Sort(endings)
	endings = slices.Compact(endings)
	return strings.Join(endings[:min(len(endings), besideLimit)], " ")
}

func plain(ending string) bool {
	return ending != "" && len(ending) <= endingLimit && strings.Trim(ending, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

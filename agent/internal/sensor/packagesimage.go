package sensor

import (
	"bytes"
	"io"
	"path"
	"regexp"
	"strings"
)

// images are AppImages: programs in one file that nobody installs. They are known
// by the mark that they carry in the head of the file, in the places where people
// and administrators keep them; of each no more is read.
func images(v *survey) []installed {
	if v.host.Platform().OS != "linux" {
		return nil
	}
	var rows []installed
	for _, file := range v.matchingUpTo(imageLimit, "*", append([]string{"opt", "usr/local/bin"}, v.inHomes("Applications", "Downloads", "Desktop", "bin", ".local/bin")...)...) {
		stat, err := v.fsys.Lstat(file)
		if err != nil || !stat.Mode().IsRegular() || stat.Mode()&0o111 == 0 && !strings.EqualFold(path.Ext(file), ".appimage") {
			continue
		}
		if isImage(v, file) {
			rows = append(rows, imageOf(file))
		}
	}
	return rows
}

// isImage looks for the mark behind that of a program: it needs eleven bytes.
func isImage(v *survey, file string) bool {
	f, err := v.fsys.Open(file)
	if err != nil {
		v.trouble(file, err)
		return false
	}
	defer done(f)
	head := make([]byte, 11)
	if _, err := io.ReadFull(f, head); err != nil {
		return false // too short for a program
	}
	return bytes.HasPrefix(head, []byte("\x7fELF")) && string(head[8:]) == "AI\x02"
}

// imageLimit is how many files of one folder are looked at.
const imageLimit = 2000

// imageName takes a file's name apart: most are called name-version-processor.AppImage.
var imageName = regexp.MustCompile(`(?i)^(.*?)(?:[-_. ]v?(\d[\w.]*))?(?:[-_.](?:x86[-_]64|amd64|aarch64|arm64|armhf|i386|linux|stable|latest))*(?:\.appimage)?$`)

func imageOf(file string) installed {
	row := installed{Name: path.Base(file), Source: "appimage"}
	if parts := imageName.FindStringSubmatch(row.Name); parts != nil && parts[1] != "" {
		row.Name, row.Version = parts[1], tidy(parts[2])
	}
	row.Name = tidy(row.Name)
	return row
}

package parse

import "strings"

// windowsPlaces are the variables in command lines of Windows' own settings that
// stand for one place on every machine. Those of a person are left as they are.
var windowsPlaces = []struct{ variable, place string }{
	{`%systemroot%`, `C:\Windows`},
	{`%windir%`, `C:\Windows`},
	{`%programfiles%`, `C:\Program Files`},
	{`%programfiles(x86)%`, `C:\Program Files (x86)`},
	{`%programw6432%`, `C:\Program Files`},
	{`%programdata%`, `C:\ProgramData`},
	{`%allusersprofile%`, `C:\ProgramData`},
	{`%systemdrive%`, `C:`},
	{`\systemroot\`, `C:\Windows\`},
	{`\??\`, ``},
	{`system32\`, `C:\Windows\System32\`},
}

// SplitWindowsCommand takes a command line of Windows' settings apart into words.
// Windows tries where the name of a program without quotes may end; here it ends
// with the first ending of a program, so that a name with spaces is one word.
func SplitWindowsCommand(line string) []string {
	line = wholePlace(strings.TrimSpace(line))
	if line == "" || line[0] == '"' {
		words := SplitCommand(line)
		if len(words) > 0 {
			words[0] = wholePlace(words[0])
		}
		return words
	}
	lower := asciiLower(line)
	end := len(line) + 1
	for _, ending := range []string{".exe", ".com", ".bat", ".cmd"} {
		for from := 0; ; {
			at := strings.Index(lower[from:], ending)
			if at < 0 {
				break
			}
			if from += at + len(ending); from == len(line) || line[from] == ' ' || line[from] == '\t' {
				end = min(end, from)
				break
			}
		}
	}
	if end > len(line) {
		return SplitCommand(line)
	}
	return append([]string{line[:end]}, SplitCommand(line[end:])...)
}

// wholePlace writes out what a path begins with.
func wholePlace(text string) string {
	for _, p := range windowsPlaces {
		if n := len(p.variable); len(text) >= n && asciiLower(text[:n]) == p.variable {
			text = p.place + text[n:]
		}
	}
	return text
}

// asciiLower keeps the length, which strings.ToLower does not.
func asciiLower(text string) string {
	lower := []byte(text)
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return string(lower)
}

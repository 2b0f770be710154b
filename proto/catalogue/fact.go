package catalogue

import (
	"fmt"
	"regexp"
	"strings"
)

// Public lists of remote-access tools are full of harvesting mistakes: hashes
// as names, URL paths as domains, names that match half of all programs. Every
// check here has met its case in one of them.
var (
	hashText   = regexp.MustCompile(`(?i)^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(\.exe)?$`)
	domainText = regexp.MustCompile(`^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?|\*)(\.([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?|\*))*\.[a-z]([a-z0-9-]*[a-z0-9])$`)
)

// generic are names that many unrelated programs carry; alone they prove nothing.
var generic = map[string]string{
	"agent": "agents of every kind", "client": "clients of every kind", "server": "servers of every kind", "service": "services of every kind",
	"host": "hosts of every kind", "helper": "helper programs of every kind", "update": "updaters", "updater": "updaters", "setup": "installers",
	"install": "installers", "installer": "installers", "uninstall": "uninstallers", "launcher": "launchers", "viewer": "viewers of every kind",
	"remote": "anything remote", "desktop": "anything with a desktop", "console": "consoles of every kind", "monitor": "monitors of every kind",
	"python": "an interpreter", "python3": "an interpreter", "node": "an interpreter", "java": "an interpreter", "javaw": "an interpreter",
	"perl": "an interpreter", "ruby": "an interpreter", "bash": "a shell", "powershell": "a shell", "pwsh": "a shell", "cmd": "a shell",
	"svchost": "the host of all Windows services", "rundll32": "the loader of any library", "explorer": "the Windows shell", "msiexec": "the Windows installer",
	"electron": "any Electron program", "chrome": "the browser", "code": "the editor itself", "sshd": "the system's own remote shell", "ssh": "the ssh client",
	"main": "any program", "program": "any program", "app": "any program", "start": "any program", "connect": "many programs", "proxy": "proxies of every kind",
}

// plainFault refuses what is no plain value at all.
func plainFault(value string) string {
	switch {
	case hashText.MatchString(value):
		return fmt.Sprintf("%q is a hash, not a name", value)
	case strings.ContainsAny(value, "\n\t\r"):
		return fmt.Sprintf("%q holds a control character", value)
	case len(value) > 200:
		return "the value is longer than 200 characters"
	}
	return ""
}

// processFault refuses names that would match unrelated programs. A generic or
// short name is fine where words of the command line must fit as well, or where
// it is flagged and so proves nothing alone.
func processFault(name, match string, easy bool) string {
	letters := trimmed(name)
	switch {
	case strings.ContainsAny(name, `/\`):
		return fmt.Sprintf("%q is a path, give it the type path", name)
	case strings.ContainsAny(name, "*?") && match != "glob":
		return fmt.Sprintf("%q is a pattern, say match: glob or name it whole", name)
	case strings.ContainsAny(name, "[]()^$|+{}"):
		return fmt.Sprintf("%q is a regular expression, a pattern has * and ? only", name)
	case strings.ContainsRune(name, '\'') || len(strings.Fields(name)) > 4:
		return fmt.Sprintf("%q is a remark, not a name", name)
	case match == "suffix" || strings.HasPrefix(name, "*"):
		return fmt.Sprintf("%q is compared by its end, and names of unrelated programs end so", name)
	}
	if easy {
		return ""
	}
	if reason, known := generic[letters]; known {
		return fmt.Sprintf("%q is over-generic: it is the name of %s", name, reason)
	}
	return shortFault(name)
}

// bareName is a program's name without the extension of its platform.
func bareName(name string) string {
	name = strings.ToLower(name)
	for _, extension := range []string{".exe", ".py", ".js", ".pl", ".sh", ".jar", ".bin"} {
		name = strings.TrimSuffix(name, extension)
	}
	return name
}

// trimmed is what a name or pattern says for certain.
func trimmed(name string) string {
	return strings.Trim(bareName(strings.NewReplacer("*", "", "?", "").Replace(name)), "-_.")
}

func shortFault(name string) string {
	if len(trimmed(name)) <= 3 {
		return fmt.Sprintf("%q has three characters or fewer, too many programs are named so", name)
	}
	return ""
}

// pathFault refuses globs that are regular expressions or that match anything.
func pathFault(path, match string) string {
	last := base(path)
	switch {
	case strings.ContainsAny(path, "*?") && match != "glob":
		return fmt.Sprintf("%q is a pattern, say match: glob", path)
	case match == "suffix":
		return "a path is compared from its beginning, not by its end"
	case strings.ContainsAny(path, "^$|+{}[]") || strings.Contains(path, ".*"):
		return fmt.Sprintf("%q is a regular expression, paths are globs with * within one element", path)
	case !strings.HasPrefix(path, "/") && !windowsPath.MatchString(path):
		return fmt.Sprintf("%q is not a whole path from / or a drive", path)
	case strings.Contains(path, "**"):
		return fmt.Sprintf("%q has **, a * stays within one element", path)
	case last == "":
		return fmt.Sprintf("%q is a folder, want the path of the executable", path)
	case len(strings.Trim(last, "*?.")) <= 3:
		return fmt.Sprintf("%q ends in a name of three characters or fewer", path)
	case anywhere.MatchString(path):
		return fmt.Sprintf("%q fits any folder: give the name the type process", path)
	case lostPath.MatchString(path):
		return fmt.Sprintf("%q has lost a separator", path)
	case labPath.MatchString(path):
		return fmt.Sprintf("%q is where somebody had it when they looked at it", path)
	}
	return ""
}

var (
	windowsPath = regexp.MustCompile(`^([A-Za-z]|\*):\\`)
	anywhere    = regexp.MustCompile(`^([A-Za-z]|\*):\\(\*\\)+[^\\]+$`)
	lostPath    = regexp.MustCompile(`(?i)^[a-z]:\\program files( \(x86\))?[^\\( *]`)
	labPath     = regexp.MustCompile(`(?i)\\users\\(vagrant|admin|administrator|user|lab|test|analyst|flare|username)\\|\\(downloads|desktop|temp|samples?|malware)\\[^\\]+$`)
)

// domainFault refuses what is no suffix of host names.
func domainFault(domain string) string {
	bare := strings.TrimPrefix(domain, "*.")
	switch {
	case strings.ContainsAny(domain, "/:?"):
		return fmt.Sprintf("%q has a path or scheme, want a domain only", domain)
	case !strings.Contains(bare, "."):
		return fmt.Sprintf("%q is a bare single label, want at least two", domain)
	case domain != strings.ToLower(domain):
		return fmt.Sprintf("%q has capital letters, domains are written in lower case", domain)
	case innerStar(domain):
		return fmt.Sprintf("%q has a * that is not one whole label", domain)
	case !domainText.MatchString(domain):
		return fmt.Sprintf("%q is not a domain", domain)
	case strings.HasSuffix(domain, ".local") || strings.Contains(strings.Join(lastLabels(domain, 2), "."), "*"):
		return fmt.Sprintf("%q would match hosts that have nothing to do with the tool", domain)
	}
	return ""
}

func innerStar(domain string) bool {
	for _, label := range strings.Split(domain, ".") {
		if strings.Contains(label, "*") && label != "*" {
			return true
		}
	}
	return false
}

func lastLabels(domain string, n int) []string {
	labels := strings.Split(domain, ".")
	return labels[max(0, len(labels)-n):]
}

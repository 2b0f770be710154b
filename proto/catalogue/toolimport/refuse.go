package main

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// The list was harvested from many places, by hand and by machine, and the
// mistakes that it is known for come back in every edition. Each has its
// sentence here; what else our loader refuses is refused in its own words.
var (
	hash        = regexp.MustCompile(`(?i)^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(\.[a-z]{3})?$`)
	placeholder = regexp.MustCompile(`<[^>]*>|(?i)\busername\b`)
	expression  = regexp.MustCompile(`[\^$|+{}\[\]]|\.\*|\\[.dws]([*+?]|$)`)
	prose       = regexp.MustCompile(`(?i)\b(can't|cannot|requires?|this|installs?|find|same as|see)\b`)
	lab         = regexp.MustCompile(`(?i)\\(downloads|desktop|temp|tmp|flare|samples?|malware)\\|downloaded_files|\\users\\(vagrant|admin|administrator|user|lab|test|analyst|flare)\\`)
	somebody    = regexp.MustCompile(`(?i)^[a-z]:\\users\\([^\\*%]+)\\`)
	ownNetwork  = regexp.MustCompile(`\.(local|lan|internal|localdomain)$`)
	lost        = regexp.MustCompile(`(?i)^[a-z]:([^\\]|\\program files( \(x86\))?[^\\( *])`)
	anywhere    = regexp.MustCompile(`^[A-Za-z]:\\\*\\[^\\]+$`)
)

// sentinels stand where the list means that each customer has an own server.
var sentinels = map[string]bool{"user_managed": true, "user-managed": true, "usermanaged": true, "customer_managed": true}

// everybodys are hosts that serve programs of any maker.
var everybodys = []string{
	"github.com", "raw.githubusercontent.com", "githubusercontent.com", "github.io", "gitlab.com", "ghcr.io", "sourceforge.net",
	"google.com", "microsoft.com", "amazonaws.com", "cloudfront.net", "windows.net", "azurewebsites.net", "pages.dev", "web.app", "firebaseapp.com",
}

// pages about programs, which the programs themselves do not ask for.
var pages = []string{".softonic.com", ".informer.com", ".wikipedia.org", ".readthedocs.io"}

// poisoned are signers that a machine read off unrelated certificates.
var poisoned = map[string]bool{
	"globalsigningdig": true, "codesigningmico": true, ".net": true, "win.rar gmbh": true, "alexander roshal": true, "certification authority": true,
	"symantec corporation": true, "oculus vr, llc": true, "io.tailscale.ipn.macos": true, "digicert inc": true, "openvpn inc.": true, "adobe systems incorporated": true,
}

// fault says what is wrong with a value that the list is known to hold, and
// nothing when nothing is known of it.
func fault(v value) string {
	switch {
	case sentinels[strings.ToLower(strings.Trim(v.text, "*. "))]:
		return "stands for a server of the customer's own and names nothing"
	case hash.MatchString(v.text):
		return "is a hash, not a name"
	case placeholder.MatchString(v.text):
		return "is a placeholder that somebody was to fill in"
	case len(v.text) > 200 || strings.ContainsAny(v.text, "\n\r\t"):
		return "is too long or not one line"
	}
	switch v.kind {
	case "domain":
		return domainFault(v.text)
	case "path":
		return pathFault(v)
	case "process", "original_name":
		return nameFault(v.text)
	case "signer":
		return signerFault(v.text)
	case "unit", "product", "pipe":
		if prose.MatchString(v.text) && strings.Count(v.text, " ") > 2 {
			return "is a remark, not a name"
		}
	}
	return ""
}

func domainFault(text string) string {
	bare := strings.TrimPrefix(text, "*.")
	address, _, _ := strings.Cut(strings.Trim(bare, "[]"), ":")
	_, noAddress := netip.ParseAddr(address)
	switch {
	case noAddress == nil || strings.Count(bare, ":") > 1:
		return "is an address, which changes hands"
	case strings.Contains(bare, "://") || strings.Contains(bare, "/"):
		return "has a path or scheme, want a domain only"
	case strings.ContainsAny(bare, `[](){}^$|+\`):
		return "is a regular expression, want a domain"
	case strings.Contains(bare, ":"):
		return "has a port, want a domain only"
	case strings.HasPrefix(bare, "*"):
		return "begins with a * that is not one whole label, and fits other people's hosts"
	case strings.Contains(bare, "*"):
		return "has a * within, want a suffix of whole labels"
	case ownNetwork.MatchString(text):
		return "is a name within somebody's own network"
	case !strings.Contains(bare, "."):
		return "is a single label, which fits hosts of any network"
	case strings.ContainsAny(bare, " _,;"):
		return "is not a domain"
	}
	for _, host := range everybodys {
		if strings.EqualFold(bare, host) || strings.HasSuffix(host, "."+strings.ToLower(bare)) {
			return "is a host that serves programs of any maker"
		}
	}
	for _, page := range pages {
		if strings.HasSuffix("."+strings.ToLower(bare), page) {
			return "is a page about the program"
		}
	}
	return ""
}

func pathFault(v value) string {
	text := v.text
	switch {
	case strings.Contains(text, `\\`):
		return "has doubled backslashes"
	case lost.MatchString(text):
		return "has lost its separators"
	case expression.MatchString(text):
		return "is a regular expression, want a path with * within one element"
	case lab.MatchString(text):
		return "is where a sample lay when somebody looked at it"
	case anywhere.MatchString(text):
		return "fits a program of that name in any folder"
	case strings.HasPrefix(text, "*") || strings.HasPrefix(text, "%"):
		return "is not a whole path from / or a drive"
	case strings.HasSuffix(text, `\*`) || strings.HasSuffix(text, "/*") || strings.HasSuffix(text, `\`) || strings.HasSuffix(text, "/"):
		return "is a folder, want the path of a program"
	}
	if who := somebody.FindStringSubmatch(text); who != nil && !strings.EqualFold(who[1], "public") {
		return "is in the folder of one person"
	}
	if end := base(text); v.os == "windows" && !strings.EqualFold(ending(end), ".exe") || strings.HasSuffix(end, ".app") || strings.HasSuffix(end, ".dmg") || strings.HasSuffix(end, ".pkg") {
		return "is not the path of a program"
	}
	return ""
}

func nameFault(text string) string {
	bare := strings.TrimSuffix(strings.ToLower(text), ".exe")
	switch {
	case prose.MatchString(text) && strings.Contains(text, " "):
		return "is a remark, not a name"
	case strings.ContainsAny(text, `/\`):
		return "is a path, not a name"
	case expression.MatchString(text):
		return "is a regular expression, names are exact"
	case strings.ContainsAny(text, "*?"):
		return "is a pattern, names are exact"
	case len(bare) <= 3:
		return "has three characters or fewer, too many programs are named so"
	}
	return ""
}

func signerFault(text string) string {
	switch {
	case poisoned[strings.ToLower(text)]:
		return "belongs to an unrelated program: harvested by machine"
	case strings.HasSuffix(text, `\`) || strings.HasSuffix(text, ","):
		return "is cut off at a comma"
	case strings.HasSuffix(strings.ToLower(text), ".exe"):
		return "is a file's name, not a signer"
	}
	return ""
}

func base(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

func ending(name string) string { return name[max(0, strings.LastIndexByte(name, '.')):] }

// quoted is how refusals name what they refuse.
func quoted(v value) string { return fmt.Sprintf("%s %q", v.where, clip(v.text)) }

func clip(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

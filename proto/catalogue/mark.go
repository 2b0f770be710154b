package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// makers sign everything they make in one name: the name says whose a program
// is and not what it does.
var makers = []string{
	"microsoft", "google", "apple", "amazon", "adobe", "oracle", "cisco", "citrix", "vmware", "broadcom", "zoho", "logmein", "goto technologies",
	"goto group", "unity technologies", "nvidia", "valve", "intel", "ibm", "hewlett", "hp inc", "dell", "lenovo", "mozilla", "canonical", "red hat",
	"zoom video", "slack", "cloudflare", "github", "jetbrains", "digicert", "sectigo", "openvpn inc",
}

// strangers are signers that lists harvested from files which only lay nearby:
// archivers, other makers' clients, and words that are no signer at all.
var strangers = map[string]string{
	"win.rar gmbh": "the archiver WinRAR", "alexander roshal": "the archiver WinRAR", "simon tatham": "the client PuTTY", "martin prikryl": "the client WinSCP",
	"igor pavlov": "the archiver 7-Zip", "notepad++": "an editor", ".net": "Microsoft's run time",
}

// issuers give out certificates: their name on a list is a mistake of reading.
var issuers = regexp.MustCompile(`(?i)global ?sign|code ?sign|digi ?cert|sectigo|comodo ca|verisign|thawte|symantec class|entrust|let's encrypt|root ca\b|certification authority`)

// teams are Team IDs of makers of everything.
var teams = map[string]string{
	"UBF8T346G9": "Microsoft", "EQHXZ8M8AV": "Google", "GFNFVT632V": "LogMeIn", "TZ824L8Y37": "Zoho",
	"DE8Y96K9QP": "Cisco", "S272Y5R93J": "Citrix", "BJ4HAAB9B3": "Zoom", "BQR82RBBHL": "Slack",
}

var teamID = regexp.MustCompile(`^[A-Z0-9]{10}$`)

// signerFault refuses who cannot be a tool's signer, and who signs too much.
func signerFault(a *Artefact) string {
	name := strings.ToLower(a.Value)
	switch {
	case strings.HasSuffix(name, `\`) || strings.HasSuffix(name, ",") || strings.Count(name, `"`)%2 == 1:
		return fmt.Sprintf("the signer %q is cut off, want it whole", a.Value)
	case strings.ContainsAny(name, "*?") && a.Match != "glob":
		return fmt.Sprintf("%q is a pattern, say match: glob", a.Value)
	case strangers[name] != "":
		return fmt.Sprintf("the signer %q is that of %s", a.Value, strangers[name])
	case issuers.MatchString(name):
		return fmt.Sprintf("%q gives out certificates and signs no tool", a.Value)
	case len(strings.Trim(name, "*? ")) <= 3:
		return fmt.Sprintf("the signer %q has three characters or fewer", a.Value)
	}
	for _, maker := range makers {
		if strings.HasPrefix(name, maker) && !a.weak() {
			return fmt.Sprintf("the signer %q signs all of its maker's products: flag it multi_product", a.Value)
		}
	}
	return ""
}

func teamFault(a *Artefact) string {
	switch {
	case !teamID.MatchString(a.Value):
		return fmt.Sprintf("%q is not an Apple Team ID of ten letters and digits", a.Value)
	case teams[a.Value] != "" && !a.weak():
		return fmt.Sprintf("the Team ID %q signs everything of %s: flag it multi_product", a.Value, teams[a.Value])
	}
	return ""
}

// productFault refuses a product that any program could name.
func productFault(a *Artefact) string {
	letters := strings.TrimSpace(strings.Trim(a.Value, "*?"))
	reason, known := generic[strings.ToLower(letters)]
	switch {
	case strings.ContainsAny(a.Value, "*?") && a.Match != "glob":
		return fmt.Sprintf("%q is a pattern, say match: glob", a.Value)
	case a.is(flagGeneric):
	case known:
		return fmt.Sprintf("the product %q is over-generic: it is the name of %s", a.Value, reason)
	case strings.HasPrefix(strings.ToLower(letters), "microsoft® windows"):
		return fmt.Sprintf("the product %q is Windows itself", a.Value)
	case len(letters) <= 3:
		return fmt.Sprintf("the product %q has three characters or fewer", a.Value)
	}
	return ""
}

var (
	bundleText = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_*-]+)+$`)
	buildText  = regexp.MustCompile(`^[a-z0-9.-]+\.[a-z]+(/[A-Za-z0-9_.~+-]+)+$`)
	sideText   = regexp.MustCompile(`^\.[a-z0-9_.-]+$`)
)

// wordFault refuses values of the types that are one word.
func wordFault(a *Artefact, easy bool) string {
	switch a.Type {
	case "banner":
		if !slices.Contains(protocols, a.Value) {
			return fmt.Sprintf("unknown banner %q, want one of %s", a.Value, strings.Join(protocols, ", "))
		}
	case "bundle_id":
		if !bundleText.MatchString(a.Value) {
			return fmt.Sprintf("%q is not a bundle identifier such as com.example.desk", a.Value)
		}
	case "build_path":
		if !buildText.MatchString(a.Value) {
			return fmt.Sprintf("%q is not the path of a Go package such as example.com/desk/cmd/deskd", a.Value)
		}
	case "side_file":
		return sideFault(a.Value, easy)
	case "library":
		if !strings.Contains(a.Value, ".") || strings.ContainsAny(a.Value, `/\ `) {
			return fmt.Sprintf("%q is not the name of a library such as libvncserver.so.1", a.Value)
		}
	case "package", "unit":
		if strings.ContainsAny(a.Value, "*?") && a.Match != "glob" {
			return fmt.Sprintf("%q is a pattern, say match: glob", a.Value)
		}
		if !easy && (a.Type != "package" || a.Match != "" && a.Match != "exact" || len(a.Value) < 3) { // a distribution gives a package's name once
			return shortFault(strings.Trim(a.Value, "*?"))
		}
	}
	return ""
}

func sideFault(extension string, easy bool) string {
	switch {
	case !sideText.MatchString(extension):
		return fmt.Sprintf("%q is not an extension such as .msh", extension)
	case len(extension) <= 3 && !easy:
		return fmt.Sprintf("the extension %q is over-generic, files of any program have it", extension)
	}
	return ""
}

// slashFault refuses backslashes that were written twice.
func slashFault(a *Artefact) string {
	value := a.Value
	if a.Type == "pipe" {
		value = strings.TrimPrefix(value, `\\.\pipe`)
	}
	if strings.Contains(value, `\\`) && a.Type != "session_log" {
		return fmt.Sprintf("%q has doubled backslashes", a.Value)
	}
	return ""
}

package catalogue

import (
	"fmt"
	"slices"
	"strings"
)

// domainFits compares a host name with a suffix of whole labels: example.com
// fits relay.example.com and example.com itself, and not myexample.com. A * in
// the suffix is exactly one label, so *.example.com wants one more.
func domainFits(name, suffix string) bool {
	name = strings.TrimSuffix(name, ".")
	for {
		want, wantMore := cutLabel(suffix)
		label, more := cutLabel(name)
		switch {
		case label == "" || want != "*" && want != label:
			return false
		case wantMore == "":
			return true
		}
		suffix, name = wantMore, more
	}
}

// cutLabel gives the last label of a host name and what stands before it.
func cutLabel(name string) (label, before string) {
	dot := strings.LastIndexByte(name, '.')
	return name[dot+1:], name[:max(dot, 0)]
}

// plainEnding is the part of a suffix behind its last *, by which it is looked up.
func plainEnding(suffix string) string {
	return strings.TrimPrefix(suffix[strings.LastIndexByte(suffix, '*')+1:], ".")
}

// A hostIndex finds rules by the end of a host name in one column.
type hostIndex struct {
	column string
	rules  map[string][]int // by ending; an ending of an ending is there as well, with no rules
}

// host gives the look-up of a column, a new one when there is none yet.
func (x *classIndex) host(column string) *hostIndex {
	at := slices.IndexFunc(x.hosts, func(h hostIndex) bool { return h.column == column })
	if at < 0 {
		at = len(x.hosts)
		x.hosts = append(x.hosts, hostIndex{column: column, rules: map[string][]int{}})
	}
	return &x.hosts[at]
}

func (h *hostIndex) add(end string, rule int) {
	if list := h.rules[end]; !slices.Contains(list, rule) {
		h.rules[end] = append(list, rule)
	}
	for dot := strings.IndexByte(end, '.'); dot >= 0; dot = strings.IndexByte(end, '.') {
		end = end[dot+1:]
		if _, known := h.rules[end]; !known {
			h.rules[end] = nil // so that the walk goes on
		}
	}
}

// named adds the rules that ask for an end of a host name. It walks the labels
// from the end and stops at the first end that no rule has, so that a name of
// no tool costs one or two look-ups, whatever its length and however many
// tools there are.
func (h *hostIndex) named(candidates []int, name string) []int {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	for at := len(name); at > 0; {
		at = strings.LastIndexByte(name[:at], '.')
		rules, known := h.rules[name[at+1:]]
		if !known {
			break
		}
		candidates = append(candidates, rules...)
	}
	return candidates
}

// shared are hosts of whole companies and of everybody's programs. A name below
// one may be a tool's own; the host as a whole says nothing about any tool.
var shared = map[string]string{
	"google.com": "everything of Google", "googleapis.com": "everything of Google", "gstatic.com": "everything of Google",
	"googleusercontent.com": "everything of Google", "appspot.com": "programs of any maker at Google", "talkgadget.google.com": "Google's chat",
	"microsoft.com": "everything of Microsoft", "live.com": "everything of Microsoft", "office.com": "everything of Microsoft", "msftncsi.com": "Windows itself",
	"visualstudio.com": "every developer's tools of Microsoft", "services.microsoft.com": "everything of Microsoft", "windows.net": "programs of any maker at Azure",
	"azure.com": "programs of any maker at Azure", "azureedge.net": "programs of any maker at Azure", "azurewebsites.net": "programs of any maker at Azure",
	"windowsupdate.com": "Windows itself", "apple.com": "everything of Apple", "icloud.com": "everything of Apple",
	"amazonaws.com": "programs of any maker at Amazon", "cloudfront.net": "pages of any maker at Amazon", "cloudflare.com": "everything of Cloudflare",
	"cloudflare.net": "pages of any maker at Cloudflare", "workers.dev": "programs of any maker at Cloudflare", "pages.dev": "pages of any maker at Cloudflare",
	"akamai.net": "pages of any maker at Akamai", "akamaized.net": "pages of any maker at Akamai", "akamaiedge.net": "pages of any maker at Akamai",
	"fastly.net": "pages of any maker at Fastly", "edgekey.net": "pages of any maker at Akamai", "github.com": "every developer's code", "github.io": "pages of any maker",
	"githubusercontent.com": "every developer's code", "gitlab.com": "every developer's code", "herokuapp.com": "programs of any maker",
	"digitaloceanspaces.com": "files of any maker", "netlify.app": "pages of any maker", "vercel.app": "pages of any maker", "sentry.io": "reports of any program",
	"zoho.com": "everything of Zoho", "comodo.com": "everything of Comodo", "oray.com": "everything of Oray", "datto.com": "everything of Datto",
	"connectwise.com": "everything of ConnectWise", "goto.com": "everything of GoTo", "cisco.com": "everything of Cisco", "zoom.us": "every meeting", "slack.com": "everything of Slack",
	"trycloudflare.com": "pages behind anybody's tunnel, seen by their visitors", "ngrok.io": "pages behind anybody's tunnel, seen by their visitors",
	"ngrok.app": "pages behind anybody's tunnel, seen by their visitors", "ngrok-free.app": "pages behind anybody's tunnel, seen by their visitors",
	"devtunnels.ms": "pages behind anybody's tunnel, seen by their visitors", "localto.net": "pages behind anybody's tunnel, seen by their visitors",
}

// registries are the second labels under which countries and resellers give out
// domains: co.uk is no more a domain of anybody than uk is.
var registries = []string{"co", "com", "net", "org", "gov", "edu", "ac", "eu", "us", "uk", "ne", "or", "gob", "nom"}

// strayFault refuses domains that other people's programs and plain browsers
// look up all day: a rule of them would fire on every laptop.
func (t *Tool) strayFault(domain, match string) string {
	domain = strings.TrimPrefix(domain, "*.")
	if match == "prefix" {
		return fmt.Sprintf("%q is compared by its beginning, under which anybody can name a host", domain)
	}
	for host, whose := range shared {
		if domainFits(host, domain) {
			return fmt.Sprintf("%q is a shared host: it serves %s, name the tool's own host below it", domain, whose)
		}
	}
	labels := strings.Split(domain, ".")
	if len(labels) == 2 && len(labels[1]) <= 3 && slices.Contains(registries, labels[0]) {
		return fmt.Sprintf("%q is where anybody registers domains, want one more label", domain)
	}
	if site := strings.TrimPrefix(t.Website, "www."); site != "" && (domainFits(site, domain) || domain == "www."+site) {
		return fmt.Sprintf("%q is the product's website, which any browser visits; name hosts that the program itself connects to", domain)
	}
	return ""
}

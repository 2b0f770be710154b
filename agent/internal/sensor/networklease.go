package sensor

import (
	"cmp"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// leaseFolders are where DHCP clients keep what they were told, each with how
// the name of a file tells its interface: by name or by number in the first
// group, or not at all, where the file itself does.
var leaseFolders = []struct {
	folder string
	named  *regexp.Regexp
}{
	{"run/systemd/netif/leases", regexp.MustCompile(`^([0-9]+)$`)},
	{"var/lib/NetworkManager", regexp.MustCompile(`^(?:internal|dhclient)-[0-9a-f]{8}-[0-9a-f-]{27}-(.+)\.lease$`)},
	{"var/lib/dhcp", regexp.MustCompile(`^dhclient.*\.leases?()$`)},
	{"var/lib/dhclient", regexp.MustCompile(`^dhclient.*\.leases?()$`)},
	{"var/lib/dhcpcd", regexp.MustCompile(`^([^-]+)(?:-.*)?\.lease$`)},
	{"var/lib/dhcpcd5", regexp.MustCompile(`^(?:dhcpcd-)?([^-]+)(?:-.*)?\.lease$`)},
	{"var/db/dhcpclient/leases", regexp.MustCompile(`^(en[0-9]+)(?:-.*|\.plist)?$`)},
}

// Bounds of what is read of leases.
const (
	leaseFiles = 64
	leaseBytes = 256 << 10
)

// leases gives the domain that DHCP told of an interface's network. The address of
// its server would tell nothing: it is the same in most homes. A file that cannot be read tells nothing: few machines
// have more than one of these places, and an address set by hand has none.
func leases(h host.Host) func(attached) string {
	if h.Platform().OS == "windows" {
		return registryLease(h.Files())
	}
	latest := map[string]keptLease{} // by interface, its name or its number
	for _, place := range leaseFolders {
		entries, err := fs.ReadDir(h.Files(), place.folder)
		if err != nil {
			continue
		}
		for _, entry := range entries[:min(len(entries), leaseFiles)] {
			if named := place.named.FindStringSubmatch(entry.Name()); named != nil {
				keepLeases(latest, h.Files(), path.Join(place.folder, entry.Name()), named[1])
			}
		}
	}
	return func(i attached) string {
		lease, known := latest[i.Name]
		if !known {
			lease = latest[i.number]
		}
		return lease.Domain
	}
}

// A keptLease is one with when it was written.
type keptLease struct {
	parse.Lease
	written time.Time
}

// keepLeases keeps those of a file that are the latest of their interfaces: the
// one that the file's name tells, or else they do.
func keepLeases(latest map[string]keptLease, fsys fs.FS, name, of string) {
	found, written := readLeases(fsys, name)
	for _, lease := range found {
		by := cmp.Or(of, lease.Interface)
		if old, known := latest[by]; !known || !written.Before(old.written) {
			latest[by] = keptLease{lease, written}
		}
	}
}

func readLeases(fsys fs.FS, name string) ([]parse.Lease, time.Time) {
	stat, err := fs.Stat(fsys, name)
	if err != nil || stat.Size() > leaseBytes {
		return nil, time.Time{}
	}
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, time.Time{}
	}
	found, err := parse.ParseLeases(content)
	if err != nil {
		return nil, time.Time{}
	}
	return found, stat.ModTime()
}

// Where Windows keeps the same, and by which name a connection has which key.
const (
	tcpipInterfaces = "registry/HKLM/SYSTEM/CurrentControlSet/Services/Tcpip/Parameters/Interfaces"
	connectionNames = "registry/HKLM/SYSTEM/CurrentControlSet/Control/Network/{4D36E972-E325-11CE-BFC1-08002BE10318}"
)

// registryLease reads it from the key of the interface that has the name.
func registryLease(fsys host.FS) func(attached) string {
	keys := map[string]string{} // of an interface, by its name
	if entries, err := fs.ReadDir(fsys, tcpipInterfaces); err == nil {
		for _, entry := range entries[:min(len(entries), leaseFiles)] {
			if name := attribute(fsys, path.Join(connectionNames, entry.Name(), "Connection/Name")); name != "" {
				keys[name] = path.Join(tcpipInterfaces, entry.Name())
			}
		}
	}
	return func(i attached) string {
		key := keys[i.Name]
		if key == "" || attribute(fsys, path.Join(key, "EnableDHCP")) == "0" {
			return ""
		}
		return strings.ToLower(attribute(fsys, path.Join(key, "DhcpDomain")))
	}
}

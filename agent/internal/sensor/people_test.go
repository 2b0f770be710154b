package sensor

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

func TestPeople(t *testing.T) {
	disk := machine(t, `
-- platform.yaml --
os: linux
name: anns-laptop.corp.example
-- files/etc/passwd --
root:x:0:0:root:/root:/bin/bash
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
ann:x:1000:1000:Ann Example,Room 4,,:/home/ann:/bin/bash
broken:x
-- files/home/bob/.profile --

`)
	got := People(context.Background(), &answers{Host: disk, sessions: []host.Session{{User: "directory-user"}}})
	slices.Sort(got)
	want := []string{"Ann", "Ann Example", "Example", "ann", "anns-laptop", "anns-laptop.corp.example", "bob", "directory-user"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
}

func named(t *testing.T, recording string) []string {
	t.Helper()
	return slices.Compact(slices.Sorted(slices.Values(People(context.Background(), machine(t, recording)))))
}

func TestPeopleOfWindows(t *testing.T) {
	const profile = "-- files/registry/HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion/ProfileList/"
	const screen = "-- files/registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/Authentication/LogonUI/"
	got := named(t, `
-- platform.yaml --
os: windows
name: DESK-7
`+profile+`S-1-5-18/ProfileImagePath --
%systemroot%\system32\config\systemprofile
`+profile+`S-1-5-21-1-2-3-1001/ProfileImagePath --
C:\Users\anne.CORP
-- files/registry/HKU/S-1-5-21-1-2-3-1001/Volatile Environment/USERNAME --
anne
`+screen+`LastLoggedOnDisplayName --
Anne Example
`+screen+`LastLoggedOnUser --
CORP\anne.e
`+screen+`SessionData/1/LoggedOnUser --
bob@example.com
-- files/Users/carol/x --
-- files/Users/Public/x --
-- files/Users/Default/x --
`)
	want := []string{"Anne", "Anne Example", "DESK-7", "Example", "anne", "anne.CORP", "anne.e", "bob", "carol"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
}

func TestPeopleOfMacOS(t *testing.T) {
	got := named(t, `
-- platform.yaml --
os: darwin
name: desk.local
-- files/Users/Shared/x --
-- files/Users/bob/x --
-- files/var/db/dslocal/nodes/Default/users/anne.plist --
<plist version="1.0"><dict><key>name</key><array><string>anne</string></array><key>realname</key><array><string>Anne Example</string></array></dict></plist>
-- files/var/db/dslocal/nodes/Default/users/_spotlight.plist --
<plist version="1.0"><dict><key>realname</key><array><string>Spotlight</string></array></dict></plist>
-- files/var/db/dslocal/nodes/Default/users/broken.plist --
<plist
`)
	want := []string{"Anne", "Anne Example", "Example", "anne", "bob", "broken", "desk", "desk.local"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
}

// directory is a machine that says for whom accounts are, as macOS does.
type directory struct {
	host.Host
	full map[string]string
}

func (d directory) FullName(account string) string { return d.full[account] }

// TestPeopleOfAClosedMac: without Full Disk Access the files about accounts are
// closed, and people's names stay hidden all the same.
func TestPeopleOfAClosedMac(t *testing.T) {
	mac := directory{machine(t, "-- platform.yaml --\nos: darwin\nname: desk\n-- files/Users/anne/x --\n-- files/Users/bob/x --\n"), map[string]string{"anne": "Anne Example"}}
	got := slices.Sorted(slices.Values(People(context.Background(), mac)))
	want := []string{"Anne", "Anne Example", "Example", "anne", "bob", "desk"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
}

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

package catalogue

import (
	"fmt"
	"testing"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// behaves is what a program does that shows a desktop to whoever connects, new on
// the laptop: conduct.unlisted_remote_desktop must hold of it.
func behaves(columns ...string) finding.Observation {
	return seen(classConduct, append([]string{"banner", "rfb", "recent", "true", "pid", "7"}, columns...)...)
}

// Whoever starts a program chooses its name, the service around it, the files
// beside it, what is written into it and in whose name it is signed. None of it
// takes a program that behaves like remote control out of the rules on what is
// not listed; what an administrator or the system says does.
func TestNothingChosenHides(t *testing.T) {
	c, err := source()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		columns []string
		hidden  bool
	}{
		{[]string{"file", "vncviewer"}, false},                                                  // like a viewer
		{[]string{"file", "zoom"}, false},                                                       // like a meeting
		{[]string{"file", "ms-teams.exe"}, false},                                               // like a meeting
		{[]string{"file", "ngrok"}, false},                                                      // like a tunnel
		{[]string{"file", "tailscaled"}, false},                                                 // like a mesh
		{[]string{"file", "caffeine"}, false},                                                   // like a jiggler
		{[]string{"file", "code", "flags", "tunnel"}, false},                                    // with a tunnel's words
		{[]string{"file", "teamviewerd"}, false},                                                // like a host, which a sanction may permit
		{[]string{"unit", "teamviewerd.service"}, false},                                        // the same, as a service of one's own
		{[]string{"file", "teamviewer"}, false},                                                 // like a tool of either side
		{[]string{"unit", "tailscaled.service"}, false},                                         // a service of one's own
		{[]string{"build_path", "tailscale.com/cmd/tailscaled"}, false},                         // built under another's path
		{[]string{"original_name", "RemoteDesktopManager"}, false},                              // written into the file
		{[]string{"product", "mRemoteNG"}, false},                                               // written into the file
		{[]string{"signer", "Royal Apps GmbH", "signature", "unverified"}, false},               // signed by oneself in another's name
		{[]string{"signer", "Royal Apps GmbH", "signature", "unsigned"}, false},                 // not signed at all
		{[]string{"signer", "Royal Apps GmbH", "signature", "invalid"}, false},                  // changed afterwards
		{[]string{"signer", "Royal Apps GmbH"}, false},                                          // nobody looked
		{[]string{"team_id", "W5364U7YZB", "signature", "unverified"}, false},                   // on a Mac
		{[]string{"package", "us.zoom.Zoom"}, false},                                            // a flatpak of one's own
		{[]string{"package", "com.moonlight_stream.Moonlight", "file", "moonlight"}, false},     // the same
		{[]string{"signer", "Royal Apps GmbH", "signature", "valid"}, true},                     // the system says so
		{[]string{"team_id", "W5364U7YZB", "signature", "valid"}, true},                         // the system says so
		{[]string{"package", "remmina"}, true},                                                  // an administrator installed it
		{[]string{"package", "x11vnc", "file", "updater"}, true},                                // a tool's own rules speak
		{[]string{"build_path", "github.com/nezhahq/agent/cmd/agent", "file", "kworker"}, true}, // a tool's own rules speak
	} {
		fired := false
		for _, r := range c.Matching(behaves(test.columns...)) {
			fired = fired || r.ID == "conduct.unlisted_remote_desktop"
		}
		if fired == test.hidden {
			t.Errorf("%v: unlisted is %v, want %v", test.columns, fired, !test.hidden)
		}
	}
}

// What one lays around a host, or writes into a file, does not make its name unseen.
func TestNothingChosenDisplaces(t *testing.T) {
	c, err := source()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ column, value, signature, want string }{
		{"unit", "warp-svc.service", "", "cloudflare-warp running, x11vnc running"},             // a service of one's own
		{"build_path", "tailscale.com/cmd/tailscaled", "", "tailscale running, x11vnc running"}, // anybody builds so
		{"signer", "Royal Apps GmbH", "unverified", "x11vnc running"},                           // a viewer says nothing
		{"package", "vino", "", "vino running"},                                                 // another host's package
		{"build_path", "github.com/nezhahq/agent/cmd/agent", "", "nezha running"},               // another host by its file
		{"signer", "Royal Apps GmbH", "valid", ""},                                              // truly a viewer that is called so
	} {
		var got string
		for _, r := range c.Matching(seen(classProcesses, "file", "x11vnc", test.column, test.value, "signature", test.signature)) {
			if got != "" {
				got += ", "
			}
			got += fmt.Sprintf("%s %s", r.Tool, r.State)
		}
		if got != test.want {
			t.Errorf("x11vnc with the %s %q (%s): %q, want %q", test.column, test.value, test.signature, got, test.want)
		}
	}
}

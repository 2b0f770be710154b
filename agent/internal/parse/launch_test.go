package parse

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitCommand(t *testing.T) {
	for line, want := range map[string][]string{
		`"C:\Program Files (x86)\A B\a.exe" "?e=Access&h=x" /q`: {`C:\Program Files (x86)\A B\a.exe`, "?e=Access&h=x", "/q"},
		`/bin/sh -c 'x11vnc -forever'`:                          {"/bin/sh", "-c", "x11vnc -forever"},
		`a  ""  b`:                                              {"a", "", "b"},
		"":                                                      nil,
	} {
		if diff := cmp.Diff(want, SplitCommand(line)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

func TestParseLaunch(t *testing.T) {
	for line, want := range map[string]Launch{
		"?e=Access&y=Guest&h=instance-ab12cd-relay.screenconnect.com&p=443&s=1&k=BgIAAACkAABSU0Ex&t=x%20y": {"Access", "instance-ab12cd-relay.screenconnect.com"},
		"?e=Support&h=relay.example.com&p=8041": {"Support", "relay.example.com"},
		"?p=443":                                {},
	} {
		if got, ok := ParseLaunch([]string{"client.exe", line}); got != want || ok != (want.Relay != "") {
			t.Errorf("%s: %+v, %v", line, got, ok)
		}
	}
}

func TestParseTunnelToken(t *testing.T) {
	text := base64.StdEncoding.EncodeToString([]byte(`{"a":"0123abcd","t":"6ff42ae2-765d-4adf-8112-31c55c1551ef","s":"c2VjcmV0"}`))
	if got, ok := ParseTunnelToken(text); !ok || got.Account != "0123abcd" || got.Tunnel == "" {
		t.Errorf("%+v, %v", got, ok)
	}
	for _, bad := range []string{"", "$TOKEN", base64.StdEncoding.EncodeToString([]byte("[]"))} {
		if got, ok := ParseTunnelToken(bad); ok {
			t.Errorf("%q gives %+v", bad, got)
		}
	}
}

func TestParseTailnets(t *testing.T) {
	profiles := `{"a1b2":{"ID":"a1b2","Name":"anna@example.com","NetworkProfile":{"MagicDNSName":"tail0000.ts.net","DomainName":"example.com"},"Key":"profile-a1b2","ControlURL":"https://controlplane.tailscale.com"},` +
		`"c3d4":{"NetworkProfile":{"MagicDNSName":"tail1111.ts.net"},"ControlURL":"https://head.example.net:8443"}}`
	state := `{"_machinekey":"cHJpdmtleTpzZWNyZXQ=","_current-profile":"cHJvZmlsZS1hMWIy","_profiles":"` + base64.StdEncoding.EncodeToString([]byte(profiles)) + `","profile-a1b2":"e30="}`
	got, err := ParseTailnets([]byte(state))
	want := []Tailnet{{"example.com", "https://controlplane.tailscale.com"}, {"tail1111.ts.net", "https://head.example.net:8443"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	if got, err := ParseTailnets([]byte(`{"key":"c2VhbGVk","nonce":"x"}`)); len(got) != 0 || err != nil {
		t.Errorf("a sealed state: %v, error %v", got, err)
	}
	if _, err := ParseTailnets([]byte(`{"_profiles":"s3cret`)); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a state cut short: error %v", err)
	}
}

// meshRecordOf writes a record as MeshAgent's store has it; the hash is not looked at.
func meshRecordOf(name string, value []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(meshHeader+len(name)+len(value)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(name)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)))
	return append(append(append(b, make([]byte, 48)...), name...), value...)
}

func meshStore() []byte {
	return slicesOf(meshRecordOf("MeshName", []byte("Group\x00")), meshRecordOf("MeshID", bytes.Repeat([]byte{0xa1}, 48)),
		meshRecordOf("SelfNodeCert", bytes.Repeat([]byte("key"), 900)), meshRecordOf("ServerID", []byte("BB22\x00")), meshRecordOf("MeshServer", []byte("wss://mesh.example:443/agent.ashx\x00")))
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestParseMeshStore(t *testing.T) {
	got, err := ParseMeshStore(bytes.NewReader(meshStore()))
	want := Settings{{"", "meshid", strings.Repeat("a1", 48), true}, {"", "serverid", "BB22", true}, {"", "meshserver", "wss://mesh.example:443/agent.ashx", true}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	for name, bad := range map[string][]byte{"cut short": meshStore()[:100], "another program's": []byte("SQLite format 3\x00" + strings.Repeat("x", 100))} {
		if _, err := ParseMeshStore(bytes.NewReader(bad)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzSplitCommand(f *testing.F) {
	f.Add(`"a b" 'c' d`)
	f.Fuzz(func(_ *testing.T, line string) { ParseLaunch(SplitCommand(line)) })
}

func FuzzParseTunnelToken(f *testing.F) {
	f.Add("eyJhIjoiYiJ9")
	f.Fuzz(func(_ *testing.T, text string) { ParseTunnelToken(text) })
}

func FuzzParseTailnets(f *testing.F) {
	f.Add([]byte(`{"_profiles":"e30="}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if nets, err := ParseTailnets(b); err != nil && nets != nil {
			t.Error("nets beside an error")
		}
	})
}

func FuzzParseMeshStore(f *testing.F) {
	f.Add(meshStore())
	f.Fuzz(func(t *testing.T, b []byte) {
		found, _ := ParseMeshStore(bytes.NewReader(b))
		if len(found) > 3 {
			t.Error("more than three settings")
		}
	})
}

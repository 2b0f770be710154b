package parse

import (
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProxyAddress(t *testing.T) {
	for _, test := range []struct {
		kind, text string
		want       Proxy
	}{
		{"http", "http://me:secret@proxy.example:3128/", Proxy{"http", "proxy.example", 3128}},
		{"http", "proxy.example", Proxy{"http", "proxy.example", 80}},
		{"https", "http://proxy.example:8080", Proxy{"https", "proxy.example", 8080}},
		{"http", "socks5h://127.0.0.1:9050", Proxy{"socks", "127.0.0.1", 9050}},
		{"socks", "socks://127.0.0.1 1080", Proxy{"socks", "127.0.0.1", 1080}},
		{"http", "[::1]:8080", Proxy{"http", "::1", 8080}},
		{"http", "fe80::1", Proxy{"http", "fe80::1", 80}},
		{"pac", "https://wpad.example/proxy.pac", Proxy{"pac", "wpad.example", 443}},
		{"pac", "file:///home/sam/proxy.pac", Proxy{Kind: "pac"}},
		{"http", "$PROXY", Proxy{}},
		{"http", "", Proxy{}},
	} {
		got, ok := ParseProxyAddress(test.kind, test.text)
		if !ok {
			got = Proxy{}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", test.kind, test.text, diff)
		}
	}
}

func TestProxyLists(t *testing.T) {
	environment, err := ParseProxyEnvironment([]byte("PATH=/usr/bin\nexport http_proxy=\"http://proxy.example:3128\"\nHTTPS_PROXY=http://proxy.example:3128;\nALL_PROXY=socks5://127.0.0.1:1080 # mine\n#http_proxy=http://old:1\nno_proxy=localhost\n"))
	if diff := cmp.Diff([]Proxy{{"http", "proxy.example", 3128}, {"https", "proxy.example", 3128}, {"socks", "127.0.0.1", 1080}}, environment); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]Proxy{{"http", "a.example", 80}, {"socks", "127.0.0.1", 1080}}, ParseWindowsProxy("http=a.example;ftp=b:21;socks=127.0.0.1:1080")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	raw, err := hex.DecodeString("180000000000000003000000" + "12000000" + hex.EncodeToString([]byte("proxy.example:8080")) + "00000000")
	if err != nil {
		t.Fatal(err)
	}
	told, err := ParseWinHTTP(raw)
	if diff := cmp.Diff([]Proxy{{"http", "proxy.example", 8080}}, told); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for name, b := range map[string][]byte{"short": raw[:15], "cut": raw[:20]} {
		if _, err := ParseWinHTTP(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzProxy(f *testing.F) {
	f.Add([]byte("http_proxy=http://a:b@[::1]:8080/\nall_proxy=socks5://x"))
	f.Add([]byte("\x18\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\xff\xff\xff\xffa:1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		environment, _ := ParseProxyEnvironment(b)
		told, _ := ParseWinHTTP(b)
		for _, list := range [][]Proxy{environment, told, ParseWindowsProxy(string(b))} {
			if len(list) > proxyLimit {
				t.Fatalf("%d proxies", len(list))
			}
			for _, p := range list {
				if p.Port < 0 || p.Port > 65535 || len(p.Host) > settingsValue {
					t.Fatalf("%+v", p)
				}
			}
		}
	})
}

package api

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestARequestIsTakenWholeOrNotAtAll(t *testing.T) {
	web := httptest.NewServer(whole(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}), 100*time.Millisecond))
	defer web.Close()
	for name, test := range map[string]struct {
		body string
		code int
	}{
		"small":     {"hello", http.StatusOK},
		"too large": {strings.Repeat("x", maxRequest+envelope+1), http.StatusRequestEntityTooLarge},
	} {
		got, err := http.Post(web.URL, "text/plain", strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		said, _ := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if got.StatusCode != test.code || test.code == http.StatusOK && string(said) != test.body {
			t.Errorf("%s: %d %.40q", name, got.StatusCode, said)
		}
	}
	slow, err := net.Dial("tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Close() }()
	if _, err := io.WriteString(slow, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhel"); err != nil {
		t.Fatal(err)
	}
	_ = slow.SetReadDeadline(time.Now().Add(5 * time.Second))
	answer, err := io.ReadAll(slow)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") {
		t.Errorf("one that trickles: %q, %v; want 408 and the end", answer, err)
	}
}

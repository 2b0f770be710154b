package ingest_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/ingest"
)

// TestSilentConnection: who opens a connection and says nothing, or no TLS, is
// let go, and honest agents do not notice.
func TestSilentConnection(t *testing.T) {
	b := newBench(t, func(o *ingest.Options) { o.Limits.HelloTimeout = 300 * time.Millisecond })
	for _, said := range []string{"", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\xff"} {
		connection, err := net.Dial("tcp", b.address)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		if _, err := io.WriteString(connection, said); err != nil {
			t.Fatal(err)
		}
		if err := connection.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		var timeout net.Error
		if _, err := io.Copy(io.Discard, connection); errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("after %q the connection is still open", said)
		}
	}
	b.enrol("one").hello("e1", 0)
}

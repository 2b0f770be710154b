// Package parsetest has others than us write what the parsers read.
package parsetest

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// DNS is a message that asks for names, or answers them.
func DNS(t testing.TB, response bool, names ...string) []byte {
	t.Helper()
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: 7, Response: response, RecursionDesired: true}}
	for _, n := range names {
		m.Questions = append(m.Questions, dnsmessage.Question{Name: dnsmessage.MustNewName(n), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET})
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ClientHello is what crypto/tls says first to a server of a name.
func ClientHello(t testing.TB, server string) []byte {
	t.Helper()
	near, far := net.Pipe()
	read := make(chan []byte, 1)
	go func() {
		b := make([]byte, 16384)
		n, _ := far.Read(b) // what is missing fails the test that reads it
		read <- b[:n]
		_ = far.Close()
	}()
	if err := near.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := tls.Client(near, &tls.Config{ServerName: server, MinVersion: tls.VersionTLS12}).HandshakeContext(t.Context()); err == nil {
		t.Fatal("a handshake with nobody succeeded")
	}
	return <-read
}

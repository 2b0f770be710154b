//go:build e2e || tools

package main_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// Where a test's resolver stands, and the far end of everything (RFC 5737).
const (
	resolverAddress = "192.168.77.1"
	elsewherePlaces = "203.0.113.0/24"
)

// far is how long an answer takes, as on the internet where it is near.
const far = 30 * time.Millisecond

// An elsewhere is the internet of a test, in the network of the other machine: it
// knows an address of its own for every name, and takes TLS from whoever calls.
type elsewhere struct {
	t   *testing.T
	pid int // of a process in that network

	mu     sync.Mutex
	places map[string]netip.Addr
	asked  map[string]int // questions heard, by name and kind ("a", "doh")
	called map[string]int // hellos heard, by the name they want
	key    *tls.Certificate
}

// newElsewhere opens it in the network of a process.
func newElsewhere(t *testing.T, pid int) *elsewhere {
	t.Helper()
	e := &elsewhere{t: t, pid: pid, places: map[string]netip.Addr{}, asked: map[string]int{}, called: map[string]int{}}
	cert, _ := issue(t, nil, "elsewhere.test")
	e.key = &cert
	var questions net.PacketConn
	var calls net.Listener
	err := inNetworkOf(pid, func() (err error) {
		if questions, err = net.ListenPacket("udp4", resolverAddress+":53"); err != nil {
			return err
		}
		calls, err = net.Listen("tcp4", "0.0.0.0:443")
		return err
	})
	if err != nil {
		t.Fatalf("the other machine's servers: %v", err)
	}
	go e.resolves(questions)
	server := &http.Server{Handler: e, TLSConfig: e.tls(), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.ServeTLS(farListener{calls}, "", "") }()
	t.Cleanup(func() { questions.Close(); server.Close() })
	return e
}

// A farListener is one whose answers take their time.
type farListener struct{ net.Listener }

func (l farListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &farConn{Conn: conn}, err
}

type farConn struct {
	net.Conn
	once sync.Once
}

func (c *farConn) Read(b []byte) (int, error) {
	c.once.Do(func() { time.Sleep(far) })
	return c.Conn.Read(b)
}

// tls counts who is wanted and is whoever that is.
func (e *elsewhere) tls() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.called[hello.ServerName]++
		return e.key, nil
	}}
}

// ServeHTTP answers questions for names, and anything else with a page.
func (e *elsewhere) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/dns-query" {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>A vendor's page</title><h1>Welcome</h1>")
		return
	}
	question, err := io.ReadAll(io.LimitReader(r.Body, 4096))
	if r.Method == http.MethodGet {
		question, err = base64.RawURLEncoding.DecodeString(r.URL.Query().Get("dns"))
	}
	answer, problem := e.answer(question, "doh")
	if err != nil || problem != nil {
		http.Error(w, "no question", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/dns-message")
	_, _ = w.Write(answer)
}

func (e *elsewhere) resolves(conn net.PacketConn) {
	buffer := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		if answer, err := e.answer(buffer[:n], "a"); err == nil {
			time.AfterFunc(far, func() { _, _ = conn.WriteTo(answer, from) })
		}
	}
}

// answer knows an IPv4 address of every name, and nothing else.
func (e *elsewhere) answer(b []byte, kind string) ([]byte, error) {
	var question dnsmessage.Message
	if err := question.Unpack(b); err != nil || len(question.Questions) != 1 {
		return nil, fmt.Errorf("a question for one name: %w", err)
	}
	one := question.Questions[0]
	answer := dnsmessage.Message{Header: dnsmessage.Header{ID: question.ID, Response: true, RecursionDesired: true, RecursionAvailable: true}, Questions: question.Questions}
	if one.Type == dnsmessage.TypeA {
		name := strings.ToLower(strings.TrimSuffix(one.Name.String(), "."))
		e.mu.Lock()
		e.asked[name+" "+kind]++
		e.mu.Unlock()
		answer.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: one.Name, Type: one.Type, Class: dnsmessage.ClassINET, TTL: 60},
			Body:   &dnsmessage.AResource{A: e.place(name).As4()},
		}}
	}
	return answer.Pack()
}

// place is the address of a name, of nobody else's.
func (e *elsewhere) place(name string) netip.Addr {
	e.mu.Lock()
	defer e.mu.Unlock()
	a, known := e.places[name]
	if !known {
		a = netip.AddrFrom4([4]byte{203, 0, 113, byte(100 + len(e.places)%150)})
		e.places[name] = a
	}
	return a
}

// heard is how many hellos wanted a name.
func (e *elsewhere) heard(name string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.called[name]
}

// listens says whether somebody captures in the network of a process.
func listens(pid int) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/packet", pid))
	return bytes.Count(text, []byte("\n")) > 1
}

// issue makes a certificate: of an authority where by is nil, else signed by one.
func issue(t *testing.T, by *tls.Certificate, name string) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := template, any(key)
	if by == nil {
		template.IsCA, template.KeyUsage = true, x509.KeyUsageDigitalSignature|x509.KeyUsageCertSign
	} else {
		if parent, err = x509.ParseCertificate(by.Certificate[0]); err != nil {
			t.Fatal(err)
		}
		signer = by.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, text
}

// inNetworkOf does something in the network of a process, and comes back.
func inNetworkOf(pid int, do func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer home.Close()
	there, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return err
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	err = do()
	if home := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); home != nil {
		panic(home) // the thread must not be used for anything else
	}
	return err
}

package parse

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A maker has a certificate, made by an authority of its own, and their files.
type maker struct{ folder, certificates, authority, key string }

func newMaker(t testing.TB, key any, subject pkix.Name, extra ...pkix.Extension) maker {
	t.Helper()
	folder := t.TempDir()
	root, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public := func(key any) any {
		if key, ok := key.(*rsa.PrivateKey); ok {
			return &key.PublicKey
		}
		return &key.(*ecdsa.PrivateKey).PublicKey
	}
	from := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Some Issuer"}, NotBefore: from, NotAfter: from.AddDate(30, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(0x8123456789), Subject: subject, NotBefore: from, NotAfter: from.AddDate(30, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: extra,
	}
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, public(root), root)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, authority, public(key), root)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	m := maker{folder, filepath.Join(folder, "certificates.pem"), filepath.Join(folder, "authority.pem"), filepath.Join(folder, "key.pem")}
	m.write(t, "authority.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authorityDER}))
	m.write(t, "certificates.pem", append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leafDER}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authorityDER})...))
	m.write(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
	return m
}

func rsaMaker(t testing.TB) maker {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return newMaker(t, key, pkix.Name{CommonName: "AnyDesk Signing", Organization: []string{"AnyDesk Software GmbH"}, OrganizationalUnit: []string{"KU6W3B6JMZ"}})
}

func ecdsaMaker(t testing.TB) maker {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newMaker(t, key, pkix.Name{CommonName: "Somebody"})
}

// stamper is a maker of time stamps, and of nothing else.
func stamper(t testing.TB) maker {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	purpose := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: []byte("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08")}
	return newMaker(t, key, pkix.Name{CommonName: "Stamps"}, purpose)
}

func (m maker) write(t testing.TB, name string, content []byte) string {
	t.Helper()
	full := filepath.Join(m.folder, name)
	if err := os.WriteFile(full, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return full
}

// authenticode signs a Windows program with osslsigncode.
func (m maker) authenticode(t testing.TB, program []byte, options ...string) []byte {
	t.Helper()
	in, out := m.write(t, "in.exe", program), filepath.Join(m.folder, "out.exe")
	_ = os.Remove(out) // of the signature before, which osslsigncode does not write over
	run(t, "osslsigncode", append([]string{"sign", "-certs", m.certificates, "-key", m.key, "-in", in, "-out", out}, options...)...)
	signed, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// codesign signs a list of hashes with openssl, in the form with open lengths
// that Apple's tools write.
func (m maker) codesign(t testing.TB) func([]byte) []byte {
	return func(directory []byte) []byte {
		t.Helper()
		out := filepath.Join(m.folder, "signature")
		run(t, "openssl", "cms", "-sign", "-binary", "-stream", "-outform", "DER", "-md", "sha256", "-signer", m.certificates, "-certfile", m.authority,
			"-inkey", m.key, "-in", m.write(t, "directory", directory), "-out", out)
		signature, err := os.ReadFile(out)
		if err != nil || signature[1] != 0x80 {
			t.Fatalf("error %v, signature begins with %x, want one with open lengths", err, signature[:2])
		}
		return signature
	}
}

func run(t testing.TB, name string, arguments ...string) {
	t.Helper()
	if out, err := exec.Command(name, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, arguments, err, out)
	}
}

// built is a program that Go made of nothing, for another system, without the
// names that strip removes.
func built(t testing.TB, system, processor string) []byte {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.org/tunnel\n\ngo 1.26\n", "main.go": "package main\n\nfunc main() {}\n"} {
		if err := os.MkdirAll(filepath.Join(folder, "cmd/tunnel"), 0o700); err != nil {
			t.Fatal(err)
		}
		if name == "main.go" {
			name = "cmd/tunnel/main.go"
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", "renamed", "./cmd/tunnel")
	build.Dir, build.Env = folder, append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build a program for %s: %v\n%s", system, err, out)
	}
	program, err := os.ReadFile(filepath.Join(folder, "renamed"))
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// changed is a program with one byte turned.
func changed(program []byte, at int) []byte {
	program = bytes.Clone(program)
	program[at] ^= 0x40
	return program
}

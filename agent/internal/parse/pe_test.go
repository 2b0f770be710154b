package parse

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func anyDesk(bits int) []byte {
	return parsetest.PE(bits,
		parsetest.ProgramText{Key: "CompanyName", Value: "AnyDesk Software GmbH"},
		parsetest.ProgramText{Key: "FileDescription", Value: "AnyDesk"},
		parsetest.ProgramText{Key: "InternalName", Value: "AD"},
		parsetest.ProgramText{Key: "OriginalFilename", Value: "AnyDesk.exe\x00"},
		parsetest.ProgramText{Key: "ProductName", Value: "AnyDesk"})
}

func parsePE(t testing.TB, program []byte) PE {
	t.Helper()
	p, err := ParsePE(bytes.NewReader(program), int64(len(program)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func authenticode(program []byte, limit int64) (Signature, error) {
	p, err := ParsePE(bytes.NewReader(program), int64(len(program)))
	if err != nil {
		return Signature{}, err
	}
	return ParseAuthenticode(bytes.NewReader(program), int64(len(program)), limit, p)
}

func TestParsePE(t *testing.T) {
	for _, bits := range []int{32, 64} {
		p := parsePE(t, anyDesk(bits))
		if diff := cmp.Diff([]string{"AnyDesk.exe", "AnyDesk", "AnyDesk Software GmbH", "AD"}, []string{p.OriginalName, p.Product, p.Company, p.Internal}); diff != "" || p.Bits != bits || p.Library {
			t.Errorf("%d bits: %+v (-want +got):\n%s", bits, p, diff)
		}
		if p := parsePE(t, parsetest.PE(bits)); p.OriginalName != "" || p.Bits != bits {
			t.Errorf("a program without a version resource: %+v", p)
		}
	}
	p := parsePE(t, parsetest.PE(64, parsetest.ProgramText{Key: "ProductName", Value: strings.Repeat("\x1b[1m☃", 200)}))
	if len(p.Product) > textLimit || strings.ContainsRune(p.Product, '\x1b') || !strings.Contains(p.Product, "☃") {
		t.Errorf("a wild product is %q", p.Product)
	}
}

func TestParsePERefuses(t *testing.T) {
	good := anyDesk(64)
	for name, program := range map[string][]byte{
		"nothing": nil, "text": []byte("#!/bin/sh\n"), "a DOS program": append([]byte("MZ"), make([]byte, 200)...), "the beginning": good[:80],
		"too many sections": func() []byte {
			b := bytes.Clone(good)
			binary.LittleEndian.PutUint16(b[64+6:], 0xffff)
			return b
		}(),
	} {
		if _, err := ParsePE(bytes.NewReader(program), int64(len(program))); err == nil {
			t.Errorf("%s is taken for a Windows program", name)
		}
	}
}

func TestAuthenticode(t *testing.T) {
	stamps := stamper(t)
	for name, m := range map[string]maker{"RSA": rsaMaker(t), "ECDSA": ecdsaMaker(t)} {
		t.Run(name, func(t *testing.T) {
			for _, options := range [][]string{
				{"-h", "sha256"}, {"-h", "sha384"}, {"-h", "sha1"}, {"-h", "sha256", "-ph"},
				{"-h", "sha256", "-TSA-certs", stamps.certificates, "-TSA-key", stamps.key, "-TSA-time", "1700000000"},
			} {
				for _, bits := range []int{32, 64} {
					signed := m.authenticode(t, anyDesk(bits), options...)
					s, err := authenticode(signed, 1<<20)
					if err != nil || s.Standing != Holds || len(s.Chain) != 2 || s.Chain[1] != "Some Issuer" {
						t.Errorf("%s, %d bits: error %v, %+v", options, bits, err, s)
					}
					if want := time.Unix(1700000000, 0).UTC(); len(options) > 4 && !s.Stamped.Equal(want) {
						t.Errorf("stamped %s, want %s", s.Stamped, want)
					}
					if p := parsePE(t, signed); p.OriginalName != "AnyDesk.exe" {
						t.Errorf("signed, it calls itself %q", p.OriginalName)
					}
				}
			}
		})
	}
}

func TestAuthenticodeIsBroken(t *testing.T) {
	m := rsaMaker(t)
	signed := m.authenticode(t, anyDesk(64), "-h", "sha256")
	p := parsePE(t, signed)
	certificates := int(p.certificate.at)
	value := len(signed) - 40 // inside the signature's value, near its end
	for name, test := range map[string]struct {
		program  []byte
		limit    int64
		standing Standing
	}{
		"as it was":              {signed, 1 << 20, Holds},
		"another checksum":       {changed(signed, int(p.checksum)), 1 << 20, Holds},
		"a longer program":       {signed, 100, Unproven},
		"other code":             {changed(signed, 0x400), 1 << 20, Broken},
		"another header":         {changed(signed, 70), 1 << 20, Broken},
		"something behind":       {append(bytes.Clone(signed), "more"...), 1 << 20, Broken},
		"another value":          {changed(signed, value), 1 << 20, Broken},
		"the hash alone changed": {changed(signed, bytes.Index(signed, []byte{4, 0x20})+3), 1 << 20, Broken},
	} {
		s, err := authenticode(test.program, test.limit)
		if err != nil || s.Standing != test.standing || s.Signer() != "AnyDesk Software GmbH" || s.Name != "AnyDesk Signing" {
			t.Errorf("%s: error %v, %+v, want it %s", name, err, s, test.standing)
		}
	}
	if _, err := authenticode(anyDesk(64), 1<<20); !errors.Is(err, ErrUnsigned) {
		t.Errorf("without a signature: %v", err)
	}
	for _, at := range []int{certificates + 6, certificates + 8, certificates + 12} {
		if s, err := authenticode(changed(signed, at), 1<<20); err == nil && s.Standing == Holds {
			t.Errorf("with byte %d of the certificates changed it is %+v", at-certificates, s)
		}
	}
}

func FuzzPE(f *testing.F) {
	signed := rsaMaker(f).authenticode(f, anyDesk(64), "-h", "sha256")
	f.Add(signed)
	f.Add(anyDesk(32))
	f.Add(anyDesk(64)[:700])
	f.Fuzz(func(t *testing.T, program []byte) {
		p, err := ParsePE(bytes.NewReader(program), int64(len(program)))
		if err != nil {
			return
		}
		for _, text := range []string{p.OriginalName, p.Product, p.Company, p.Internal} {
			if len(text) > textLimit {
				t.Fatalf("a text of %d bytes", len(text))
			}
		}
		_, _ = ParseAuthenticode(bytes.NewReader(program), int64(len(program)), 1<<20, p)
		_, _ = p.GoBuild(bytes.NewReader(program), int64(len(program)))
	})
}

func FuzzCMS(f *testing.F) {
	m := rsaMaker(f)
	signed := m.authenticode(f, anyDesk(64), "-h", "sha256")
	p := parsePE(f, signed)
	f.Add(signed[p.certificate.at+8:])
	f.Add(m.codesign(f)([]byte("a list of hashes")))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		c, err := parseCMS(raw)
		if err != nil {
			return
		}
		c.signature()
		c.verify(c.content)
		_, _, _ = indirect(c.content)
	})
}

package parse

import (
	"bytes"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// CodeSignature is the signature of a program of macOS.
type CodeSignature struct {
	Signature
	Identifier string // the bundle it is signed as
	TeamID     string // Apple's number of who signed it
	AdHoc      bool   // signed by nobody: only hashes that the linker wrote
}

// Bounds on a code signature.
const (
	signatureBlobs  = 32
	signaturePages  = 1 << 18 // of 4 KiB each a program of a gigabyte
	signatureAtOnce = 256 << 10
)

const (
	blobRequirements = 2
	blobEntitlements = 5
	blobCMS          = 0x10000
)

// readCodeSignature reads what it can of a signature: what is broken in it is its Flaw.
func readCodeSignature(w *window, from io.ReaderAt, at, length int64, signed part, limit int64) CodeSignature {
	s := CodeSignature{Signature: Signature{Standing: Broken}}
	raw, err := w.at("signature", at+int64(signed.at), int64(min(signed.size, headLimit)))
	if err != nil {
		s.Flaw = err.Error()
		return s
	}
	blobs, err := superBlob(raw)
	if err != nil {
		s.Flaw = err.Error()
		return s
	}
	d, err := parseDirectory(blobs[0])
	if err != nil {
		s.Flaw = err.Error()
		return s
	}
	s.Identifier, s.TeamID = d.text(d.identifier), d.text(d.team)
	s.Standing, s.Flaw = d.proves(io.NewSectionReader(from, at, length), blobs, limit)
	signer := blobs[blobCMS]
	if len(signer) <= 8 {
		s.AdHoc = true
		return s
	}
	c, err := parseCMS(signer[8:])
	if err != nil {
		s.Standing, s.Flaw = Broken, err.Error()
		return s
	}
	about := c.signature()
	about.Standing, about.Flaw = s.Standing, s.Flaw
	if s.Standing != Broken {
		if standing, flaw := c.verify(blobs[0]); standing != Holds {
			about.Standing, about.Flaw = standing, flaw
		}
	}
	s.Signature = about
	return s
}

// superBlob takes a signature apart: blobs by what they are.
func superBlob(raw []byte) (map[uint32][]byte, error) {
	order := binary.BigEndian
	if uint32At(order, raw, 0) != 0xfade0cc0 {
		return nil, fmt.Errorf("signature begins with %#x", uint32At(order, raw, 0))
	}
	count := uint32At(order, raw, 8)
	if count > signatureBlobs {
		return nil, fmt.Errorf("signature of %d parts", count)
	}
	blobs := make(map[uint32][]byte, count)
	for i := range int(count) {
		kind, at := uint32At(order, raw, 12+8*i), int64(uint32At(order, raw, 16+8*i))
		size := int64(0)
		if at <= int64(len(raw)) {
			size = int64(uint32At(order, raw[at:], 4))
		}
		if at+size > int64(len(raw)) || size < 8 {
			return nil, fmt.Errorf("part %d of the signature %w", i, errOutside)
		}
		if blobs[kind] == nil {
			blobs[kind] = raw[at : at+size]
		}
	}
	return blobs, nil
}

// A codeDirectory is the list of hashes that a signature signs.
type codeDirectory struct {
	raw              []byte
	hashes           int64
	identifier, team uint32
	special, pages   uint32
	covered          int64 // bytes of the program
	size             int   // of one hash
	hash             crypto.Hash
	pageSize         int64 // 0 when all is one page
}

func parseDirectory(raw []byte) (d codeDirectory, err error) {
	order := binary.BigEndian
	if len(raw) < 44 || order.Uint32(raw) != 0xfade0c02 {
		return d, errors.New("signature without a list of hashes")
	}
	d = codeDirectory{
		raw: raw, hashes: int64(order.Uint32(raw[16:])), identifier: order.Uint32(raw[20:]),
		special: order.Uint32(raw[24:]), pages: order.Uint32(raw[28:]), covered: int64(order.Uint32(raw[32:])), size: int(raw[36]),
	}
	version := order.Uint32(raw[8:])
	if version >= 0x20200 {
		d.team = uint32At(order, raw, 48)
	}
	if version >= 0x20300 {
		if wide := uint64At(order, raw, 56); wide != 0 {
			d.covered = int64(min(wide, 1<<62))
		}
	}
	if d.hash = map[byte]crypto.Hash{1: crypto.SHA1, 2: crypto.SHA256, 3: crypto.SHA256, 4: crypto.SHA384}[raw[37]]; d.hash != 0 && d.size > d.hash.Size() {
		return d, fmt.Errorf("hashes of %d bytes", d.size)
	}
	if raw[39] != 0 {
		d.pageSize = 1 << min(raw[39], 30)
	}
	return d, nil
}

func (d codeDirectory) text(at uint32) string {
	if at == 0 || int64(at) >= int64(len(d.raw)) {
		return ""
	}
	return tidyText(cstring(d.raw[at:]))
}

// slot is one hash; those of other things than pages have numbers below zero.
func (d codeDirectory) slot(n int64) []byte {
	at := d.hashes + n*int64(d.size)
	if at < 0 || at+int64(d.size) > int64(len(d.raw)) {
		return nil
	}
	return d.raw[at : at+int64(d.size)]
}

// proves compares the hashes with the program's pages and with the other parts
// of the signature.
func (d codeDirectory) proves(program *io.SectionReader, blobs map[uint32][]byte, limit int64) (Standing, string) {
	switch {
	case d.hash == 0 || d.size == 0:
		return Unproven, "the pages' hashes are of a kind not known"
	case d.pageSize == 0 || d.pageSize > signatureAtOnce || d.pages > signaturePages:
		return Unproven, "the pages are of a size not known"
	case d.covered <= 0:
		return Broken, "the signature covers nothing"
	case d.covered > program.Size() || d.covered > int64(d.pages)*d.pageSize:
		return Broken, "the signature covers more than there is"
	}
	for _, kind := range []uint32{blobRequirements, blobEntitlements} {
		if blob := blobs[kind]; blob != nil && kind <= d.special && !d.same(-int64(kind), blob) {
			return Broken, "a part of the signature was changed"
		}
	}
	if d.covered > limit {
		return Unproven, fmt.Sprintf("the program is longer than %d MiB", limit>>20)
	}
	pages := make([]byte, signatureAtOnce/d.pageSize*d.pageSize)
	for at := int64(0); at < d.covered; at += int64(len(pages)) {
		n := min(int64(len(pages)), d.covered-at)
		if _, err := program.ReadAt(pages[:n], at); err != nil && !errors.Is(err, io.EOF) {
			return Unproven, err.Error()
		}
		for page := int64(0); page < n; page += d.pageSize {
			if !d.same((at+page)/d.pageSize, pages[page:min(page+d.pageSize, n)]) {
				return Broken, "the program was changed after it was signed"
			}
		}
	}
	return Holds, ""
}

func (d codeDirectory) same(slot int64, content []byte) bool {
	return bytes.Equal(d.slot(slot), hashOf(d.hash, content)[:d.size])
}

package parse

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// ErrUnsigned says that a program carries no signature.
var ErrUnsigned = errors.New("not signed")

// certificateLimit is the most that certificates at the end of a program may have.
const certificateLimit = headLimit

// ParseAuthenticode reads the signature of a Windows program, and proves it
// where the program is no longer than limit. Whether its signer is to be trusted
// it does not say.
func ParseAuthenticode(from io.ReaderAt, size, limit int64, p PE) (Signature, error) {
	if p.certificate.size == 0 {
		return Signature{}, ErrUnsigned
	}
	w := newWindow(from, size)
	at := int64(p.certificate.at)
	head, err := w.at("certificates", at, 8)
	if err != nil {
		return Signature{}, fmt.Errorf("read Authenticode: %w", err)
	}
	length := min(int64(binary.LittleEndian.Uint32(head)), int64(p.certificate.size), certificateLimit)
	if kind := binary.LittleEndian.Uint16(head[6:]); kind != 2 || length <= 8 {
		return Signature{}, fmt.Errorf("read Authenticode: certificates of kind %d, %d bytes", kind, length)
	}
	raw, err := w.at("certificates", at+8, length-8)
	if err != nil {
		return Signature{}, fmt.Errorf("read Authenticode: %w", err)
	}
	c, err := parseCMS(raw)
	if err != nil {
		return Signature{}, fmt.Errorf("read Authenticode: %w", err)
	}
	s := c.signature()
	s.Standing, s.Flaw = p.proves(&c, from, size, limit)
	return s, nil
}

// proves compares the hash that is signed with the file's, and checks who signed it.
func (p PE) proves(c *cms, from io.ReaderAt, size, limit int64) (Standing, string) {
	told, by, err := indirect(c.content)
	switch {
	case c.kind.String() != "1.3.6.1.4.1.311.2.1.4" || err != nil:
		return Broken, "the signature covers no program"
	case by == 0:
		return Unproven, "the program's hash is of a kind not known"
	}
	standing, flaw := c.verify(c.content)
	if standing != Holds {
		return standing, flaw
	}
	if size > limit {
		return Unproven, fmt.Sprintf("the program is longer than %d MiB", limit>>20)
	}
	is, err := p.digest(from, size, by.New())
	if err != nil {
		return Unproven, err.Error()
	}
	if !bytes.Equal(is, told) {
		return Broken, "the program was changed after it was signed"
	}
	return Holds, ""
}

// indirect reads what Authenticode signs: the hash of a program.
func indirect(content []byte) (sum []byte, by crypto.Hash, err error) {
	parts, err := elements(content, 2)
	if err != nil || len(parts) != 2 {
		return nil, 0, fmt.Errorf("%w: %d parts", errCMS, len(parts))
	}
	digest, err := elements(parts[1].Bytes, 2)
	if err != nil || len(digest) != 2 {
		return nil, 0, fmt.Errorf("%w: hash", errCMS)
	}
	id, err := algorithm(digest[0])
	if err != nil {
		return nil, 0, err
	}
	if digest[1].Tag != asn1.TagOctetString {
		return nil, 0, errCMS
	}
	return digest[1].Bytes, hashNamed(id), nil
}

// digest hashes a program as Authenticode does: without its checksum, without the
// place of its certificates, without these.
func (p PE) digest(from io.ReaderAt, size int64, sum hash.Hash) ([]byte, error) {
	certificates, behind := int64(p.certificate.at), int64(p.certificate.at)+int64(p.certificate.size)
	if p.directory+8 > certificates || behind > size {
		return nil, fmt.Errorf("certificates %w", errOutside)
	}
	buffer := make([]byte, 128<<10)
	for _, covered := range [][2]int64{
		{0, p.checksum}, {p.checksum + 4, p.directory}, {p.directory + 8, certificates}, {behind, size},
	} {
		if _, err := io.CopyBuffer(sum, struct{ io.Reader }{io.NewSectionReader(from, covered[0], covered[1]-covered[0])}, buffer); err != nil {
			return nil, err
		}
	}
	return sum.Sum(nil), nil
}

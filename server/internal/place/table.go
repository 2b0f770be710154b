package place

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"sort"
	"time"
)

// A Source says where a table comes from and what its licence asks for.
type Source struct {
	Name        string    `json:"name"`        // of the package that holds the data
	Version     string    `json:"version"`     //
	At          time.Time `json:"at"`          // when the data was made
	Licence     string    `json:"licence"`     //
	Attribution string    `json:"attribution"` // what has to stand wherever the data is shown
}

// A table says for ranges of addresses what holds there. It is used as it lies on
// the disk, little endian:
//
//	magic, length of the source, source as JSON
//	number of values, and where each ends; the values' text
//	number of IPv4 ranges; where each starts (4 bytes); its value (4 bytes)
//	number of IPv6 ranges; where each starts (the upper 8 bytes); its value
//	SHA-256 of all before
//
// A range reaches to the next one; value 0 stands where nothing is known. IPv6 is
// told apart by networks of 64 bits, as providers hand them out.
type table struct {
	source         Source
	ends, text     []byte
	four, fourSays []byte
	six, sixSays   []byte
}

var magic = []byte("fwplace1")

// mostTable is the size beyond which a file is none of ours.
const mostTable = 256 << 20

// readTable reads a table and says in words what is wrong with the file.
func readTable(path string) (*table, error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if about.Size() > mostTable {
		return nil, fmt.Errorf("%s has %d bytes, at most %d are read", path, about.Size(), mostTable)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t, err := parseTable(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func parseTable(content []byte) (*table, error) {
	if !bytes.HasPrefix(content, magic) {
		return nil, errors.New("it does not begin as a table of places does")
	}
	if len(content) < len(magic)+sha256.Size {
		return nil, fmt.Errorf("it ends after %d bytes", len(content))
	}
	body, sum := content[:len(content)-sha256.Size], content[len(content)-sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return nil, fmt.Errorf("it is damaged or cut short: its %d bytes do not add up to the sum at its end", len(content))
	}
	r := cutter{rest: body[len(magic):]}
	var t table
	source := r.take(1)
	values := r.count()
	t.ends = r.cut(4 * values)
	t.text = r.take(1)
	four := r.count()
	t.four, t.fourSays = r.cut(4*four), r.cut(4*four)
	six := r.count()
	t.six, t.sixSays = r.cut(8*six), r.cut(4*six)
	if r.short || len(r.rest) > 0 {
		return nil, errors.New("its parts do not fit its length")
	}
	if err := json.Unmarshal(source, &t.source); err != nil {
		return nil, fmt.Errorf("its source does not read: %w", err)
	}
	return &t, nil
}

// A cutter takes a file apart and notices where it is too short.
type cutter struct {
	rest  []byte
	short bool
}

func (c *cutter) cut(n int) []byte {
	if n < 0 || n > len(c.rest) {
		c.short, n = true, 0
	}
	piece := c.rest[:n:n]
	c.rest = c.rest[n:]
	return piece
}

func (c *cutter) count() int {
	b := c.cut(4)
	if len(b) < 4 {
		return 0
	}
	return int(binary.LittleEndian.Uint32(b))
}

// take is a piece that is preceded by how many units of a size it holds.
func (c *cutter) take(unit int) []byte { return c.cut(c.count() * unit) }

// look gives the value that holds at an address; "" where nothing is known.
func (t *table) look(a netip.Addr) string {
	a = a.Unmap()
	if a.Is4() {
		raw := a.As4()
		want := binary.BigEndian.Uint32(raw[:])
		i := sort.Search(len(t.four)/4, func(i int) bool { return binary.LittleEndian.Uint32(t.four[4*i:]) > want })
		return t.value(t.fourSays, i-1)
	}
	if !a.Is6() {
		return ""
	}
	want := upper(a)
	i := sort.Search(len(t.six)/8, func(i int) bool { return binary.LittleEndian.Uint64(t.six[8*i:]) > want })
	return t.value(t.sixSays, i-1)
}

// upper is the part of an IPv6 address that tells networks apart.
func upper(a netip.Addr) uint64 {
	raw := a.As16()
	return binary.BigEndian.Uint64(raw[:8])
}

func (t *table) value(says []byte, i int) string {
	if i < 0 {
		return ""
	}
	n := int(binary.LittleEndian.Uint32(says[4*i:]))
	if n == 0 || 4*n > len(t.ends) {
		return ""
	}
	from, to := 0, int(binary.LittleEndian.Uint32(t.ends[4*(n-1):]))
	if n > 1 {
		from = int(binary.LittleEndian.Uint32(t.ends[4*(n-2):]))
	}
	if from > to || to > len(t.text) {
		return ""
	}
	return string(t.text[from:to])
}

// writeTo writes a table in the form in which it is read.
func (b *builder) writeTo(w io.Writer) error {
	source, err := json.Marshal(b.source)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	body.Write(magic)
	number := func(n int) { body.Write(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
	piece := func(p []byte) { number(len(p)); body.Write(p) }
	piece(source)
	number(len(b.values))
	var text []byte
	for _, v := range b.values {
		text = append(text, v...)
		number(len(text))
	}
	piece(text)
	number(len(b.four.steps))
	for _, s := range b.four.steps {
		number(int(s.from))
	}
	for _, s := range b.four.steps {
		number(s.says)
	}
	number(len(b.six.steps))
	for _, s := range b.six.steps {
		body.Write(binary.LittleEndian.AppendUint64(nil, s.from))
	}
	for _, s := range b.six.steps {
		number(s.says)
	}
	_, err = w.Write(sealed(body.Bytes()))
	return err
}

// sealed is a body with the sum that tells whether it came whole.
func sealed(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append(body, sum[:]...)
}

package sensor_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// sampleName is the variable that names a sample of ordinary displays: gzip,
// a line each of a name, a tab and the EDID in hexadecimal.
const sampleName = "FARMWATCH_EDID_SAMPLE"

// TestBenignDisplays holds the rules to what ordinary displays may raise: none
// a high level, and one in 3,000 more than a watch.
func TestBenignDisplays(t *testing.T) {
	name := os.Getenv(sampleName)
	if name == "" {
		t.Logf("%s names no sample of displays: nothing was measured", sampleName)
		return
	}
	rules, levels, total := map[string]int{}, map[finding.Level]int{}, 0
	c := embedded(t)
	for _, display := range readSample(t, name) {
		v := judge(t, c, laptopAt(display.edid))
		total++
		levels[v.Level]++
		for _, rule := range v.Findings {
			rules[rule]++
			t.Logf("%s: %s (%s)", display.name, rule, v.Level)
		}
	}
	t.Logf("%d displays, levels %v", total, levels)
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		t.Logf("%s: %d", rule, rules[rule])
	}
	above := levels[finding.LevelMedium] + levels[finding.LevelHigh]
	if total == 0 || levels[finding.LevelHigh] > 0 || above*3000 > total {
		t.Errorf("of %d ordinary displays %d are high and %d more than a watch", total, levels[finding.LevelHigh], above)
	}
}

type sampled struct {
	name string
	edid []byte
}

func readSample(t *testing.T, name string) []sampled {
	t.Helper()
	packed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var list []sampled
	lines := bufio.NewScanner(plain)
	for lines.Scan() {
		who, digits, ok := strings.Cut(lines.Text(), "\t")
		if !ok {
			continue // a heading
		}
		edid, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatalf("%s: %v", who, err)
		}
		list = append(list, sampled{who, edid})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func embedded(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// laptopAt is a laptop with one display.
func laptopAt(edid []byte) *txtar.Archive {
	return &txtar.Archive{Files: []txtar.File{
		{Name: "platform.yaml", Data: []byte("os: linux\nchassis: laptop\n")},
		{Name: "files/sys/class/drm/card0-HDMI-A-1/status", Data: []byte("connected\n")},
		{Name: "files/sys/class/drm/card0-HDMI-A-1/edid [hex]", Data: []byte(hex.EncodeToString(edid))},
	}}
}

// TestDisplaysThatSayNothing: what was measured to be as common among ordinary
// displays as among KVMs raises nothing, in whatever combination.
func TestDisplaysThatSayNothing(t *testing.T) {
	c := embedded(t)
	none := bare{maker: "DEL", serial: 0x43594c4c, width: 53, height: 30, week: 14, mode: "023a801871382d40582c45000f282100001e"}
	all := []bare{none}
	for _, more := range []func(*bare){
		func(b *bare) { b.maker = "TSB" },
		func(b *bare) { b.maker = "QQQ" }, // in no list of makers
		func(b *bare) { b.serial = 0x01010101 },
		func(b *bare) { b.serial = 0 },
		func(b *bare) { b.width, b.height = 0, 0 },
		func(b *bare) { b.mode = "011d007251d01e206e28550000000000001e" }, // 1280x720
		func(b *bare) { b.mode = "023a80d072382d40102c4580000000000018" }, // 1920x1080 at 50 Hz
		func(b *bare) { b.week = 0 },
		func(b *bare) { b.claimed = 1 }, // and not there
		func(b *bare) { b.wrongSum = 1 },
	} {
		for _, b := range slices.Clone(all) {
			more(&b)
			all = append(all, b)
		}
	}
	for _, b := range all {
		if v := judge(t, c, laptopAt(b.edid(t))); len(v.Findings) > 0 {
			t.Fatalf("%+v raises %s", b, v.Findings)
		}
	}
	if len(all) != 1<<10 {
		t.Errorf("%d displays", len(all))
	}
}

// bare is an EDID of one block with no more than its first fields and one mode.
type bare struct {
	maker             string
	serial            uint32
	week              byte
	width, height     byte
	mode              string
	claimed, wrongSum byte
}

func (b bare) edid(t *testing.T) []byte {
	t.Helper()
	mode, err := hex.DecodeString(b.mode)
	if err != nil || len(mode) != 18 {
		t.Fatalf("mode %q: %d bytes, %v", b.mode, len(mode), err)
	}
	e := make([]byte, 128)
	copy(e, "\x00\xff\xff\xff\xff\xff\xff\x00")
	var maker uint16
	for _, letter := range b.maker {
		maker = maker<<5 | uint16(letter-'A'+1)
	}
	binary.BigEndian.PutUint16(e[8:], maker)
	binary.LittleEndian.PutUint16(e[10:], 0x0123)
	binary.LittleEndian.PutUint32(e[12:], b.serial)
	copy(e[16:], []byte{b.week, 28, 1, 3, 0x80, b.width, b.height})
	copy(e[54:], mode)
	copy(e[72:], fmt.Sprintf("\x00\x00\x00\xfc\x00%-13s", "A DISPLAY"))
	e[126], e[127] = b.claimed, b.wrongSum
	for _, octet := range e[:127] {
		e[127] -= octet
	}
	return e
}

package journal

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkIdle is a look at which nothing is new: 20 logs of 8 homes. Each
// fourth seeks new ones.
func BenchmarkIdle(b *testing.B) {
	d := newDisk(b)
	for i := range 20 {
		d.write(fmt.Sprintf("home/person%d/.vnc/box:%d.log", i%8, i), "")
	}
	d.write(sesman, began(1)+ended(1))
	d.look()
	b.ReportAllocs()
	for b.Loop() {
		d.must(d.tryLook())
	}
}

// BenchmarkFirst is the first look at a log of more than is read of one.
func BenchmarkFirst(b *testing.B) {
	d := newDisk(b)
	d.write("var/log/syslog", strings.Repeat("Nov  2 10:12:04 box program[77]: a line of an ordinary length that says nothing of it\n", 2*stepLimit/80))
	b.ReportAllocs()
	for b.Loop() {
		d.follower = New()
		d.must(d.tryLook())
	}
}

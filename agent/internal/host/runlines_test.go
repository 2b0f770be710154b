package host

import (
	"bytes"
	"strings"
	"testing"
)

func TestLineFilter(t *testing.T) {
	text := "a\t/usr/bin/a\tff\na\t/usr/share/doc/a\tff\nb\t/usr/lib/b/b-server\tff\nb\t/usr/lib64/libb.so.1\tff\nc\t/opt/c/c\tff\n" +
		strings.Repeat("x", 2*maxLine) + "\nd\t/usr/sbin/d\tff\nthe last\t/usr/bin/without an end"
	const want = "a\t/usr/bin/a\tff\nb\t/usr/lib/b/b-server\tff\nc\t/opt/c/c\tff\nd\t/usr/sbin/d\tff\n"
	for _, step := range []int{1, 7, 100, len(text)} {
		var out bytes.Buffer
		filter, err := keepLinesOf(&out, RPMPrograms.Keep)
		if err != nil {
			t.Fatal(err)
		}
		for rest := text; rest != ""; rest = rest[min(step, len(rest)):] {
			if n, err := filter.Write([]byte(rest[:min(step, len(rest))])); err != nil || n != min(step, len(rest)) {
				t.Fatalf("wrote %d bytes, error %v", n, err)
			}
		}
		if got := out.String(); got != want {
			t.Errorf("in steps of %d bytes it keeps\n%s\nwant\n%s", step, got, want)
		}
	}
	for _, tool := range Tools() {
		if _, err := keepLinesOf(nil, tool.Keep); err != nil {
			t.Errorf("%s keeps %q: %v", tool.Name, tool.Keep, err)
		}
	}
}

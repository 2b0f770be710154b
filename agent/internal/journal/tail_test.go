package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// A disk is a folder that stands for a machine's disk, and who follows its logs.
type disk struct {
	testing.TB
	dir      string
	files    host.FS
	follower *Follower
	now      time.Time
}

func newDisk(t testing.TB) *disk {
	t.Helper()
	dir := t.TempDir()
	return &disk{TB: t, dir: dir, files: host.New(host.Options{Now: time.Now, Root: dir}).Files(), follower: New(), now: time.Date(2026, time.November, 2, 12, 0, 0, 0, time.UTC)}
}

const sesman = "var/log/xrdp-sesman.log"

func (d *disk) path(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }

// write replaces a file, add goes on writing to it; each write is a moment later.
func (d *disk) write(name string, content string) {
	d.Helper()
	d.put(name, content, os.O_TRUNC)
}

func (d *disk) add(name string, content string) { d.Helper(); d.put(name, content, os.O_APPEND) }

func (d *disk) put(name, content string, how int) {
	d.Helper()
	d.must(os.MkdirAll(filepath.Dir(d.path(name)), 0o755))
	f, err := os.OpenFile(d.path(name), os.O_CREATE|os.O_WRONLY|how, 0o644)
	d.must(err)
	_, err = f.WriteString(content)
	d.must(err)
	d.must(f.Close())
	d.now = d.now.Add(time.Second)
	d.must(os.Chtimes(d.path(name), d.now, d.now))
}

func (d *disk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// look looks once more and gives the ports of the sessions it knows, those that are over with a dash.
func (d *disk) look() string {
	d.Helper()
	d.must(d.tryLook())
	var ports []string
	for _, s := range d.follower.Sessions() {
		over := ""
		if s.Over {
			over = "-"
		}
		ports = append(ports, fmt.Sprintf("%d%s", s.Address.Port(), over))
	}
	return strings.Join(ports, " ")
}

func (d *disk) tryLook() error {
	return d.follower.Look(context.Background(), d.files, "linux", parse.SessionClock{Zone: time.UTC, Now: d.now}, nil)
}

func (d *disk) want(want string) {
	d.Helper()
	if got := d.look(); got != want {
		d.Errorf("sessions %q, want %q", got, want)
	}
}

func began(port int) string {
	return fmt.Sprintf("[20261102-09:12:04] [INFO ] ++ created session (access granted): username anna, ip ::ffff:192.0.2.7:%d - socket: 12\n", port)
}

func ended(port int) string {
	return fmt.Sprintf("[20261102-09:40:00] [INFO ] ++ terminated session:  username anna, display :10.0, session_pid 32, ip ::ffff:192.0.2.7:%d - socket: 12\n", port)
}

func TestFollowsWhatIsAdded(t *testing.T) {
	d := newDisk(t)
	d.want("")
	d.write(sesman, began(1))
	d.follower.looks = 0 // new logs are sought every few looks
	d.want("1")
	d.add(sesman, ended(1)+began(2))
	d.want("1- 2")
	d.want("1- 2")
	d.add(sesman, ended(2))
	d.want("1- 2-")
}

func TestRotation(t *testing.T) {
	for name, rotate := range map[string]func(d *disk){
		"renamed, with a rest that was not read": func(d *disk) {
			d.add(sesman, ended(1))
			d.must(os.Rename(d.path(sesman), d.path(sesman+"-20261102")))
			d.write(sesman, began(2))
		},
		"renamed twice over": func(d *disk) {
			d.add(sesman, ended(1))
			d.must(os.Rename(d.path(sesman), d.path(sesman+".1")))
			d.write(sesman, "")
			d.look()
			d.add(sesman, began(2))
		},
		"copied and emptied": func(d *disk) {
			d.add(sesman, ended(1))
			d.look()
			d.write(sesman, began(2))
		},
		"replaced by one as long": func(d *disk) {
			d.add(sesman, ended(1))
			d.look()
			d.write(sesman, strings.Repeat("x", len(began(1)))+"\n"+strings.Repeat("y", len(ended(1)))+"\n"+began(2))
		},
		"gone and back": func(d *disk) {
			d.add(sesman, ended(1))
			d.look()
			d.must(os.Remove(d.path(sesman)))
			d.look()
			d.write(sesman, began(2))
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			d.write(sesman, began(1))
			d.want("1")
			rotate(d)
			d.want("1- 2")
			d.want("1- 2")
		})
	}
}

func TestBeginInTheLogBefore(t *testing.T) {
	d := newDisk(t)
	d.write(sesman+".1", began(1))
	d.write(sesman, ended(1)+began(2))
	d.want("1- 2")
}

func TestLongAgoIsNotRead(t *testing.T) {
	d := newDisk(t)
	d.write(sesman, began(1)+strings.Repeat("a line of some length that says nothing\n", 2*stepLimit/40)+began(2))
	d.want("2")
	d.add(sesman, strings.Repeat("a line of some length that says nothing\n", 2*stepLimit/40)+began(3))
	d.want("2 3")
}

func TestLongLines(t *testing.T) {
	d := newDisk(t)
	d.write(sesman, strings.Repeat("z", 300<<10)+"\n"+began(1)+strings.Repeat("z", 100<<10)+"\n"+strings.TrimSuffix(began(2), "\n")+strings.Repeat(" ", 20<<10)+"\n")
	d.want("1 2")
	if d.follower.Cut != 3 {
		t.Errorf("%d lines were cut, want 3", d.follower.Cut)
	}
	for _, tail := range d.follower.tails {
		if cap(tail.cutter.partial) > 2*lineLimit {
			t.Errorf("%d bytes are kept of a line", cap(tail.cutter.partial))
		}
	}
}

func TestLastLineWithoutEnd(t *testing.T) {
	d := newDisk(t)
	d.write(sesman, began(1)+strings.TrimSuffix(began(2), "\n"))
	d.want("1")
	d.want("1 2")
	d.add(sesman, "\n"+ended(2))
	d.want("1 2-")
	d.add(sesman, began(3)[:40])
	d.want("1 2-")
	d.add(sesman, began(3)[40:])
	d.want("1 2- 3")
}

func utf16Bytes(text string, order binary.ByteOrder, mark bool) string {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	var out bytes.Buffer
	for _, u := range units {
		_ = binary.Write(&out, order, u)
	}
	return out.String()
}

func TestEncodings(t *testing.T) {
	text := began(1) + "Ć\u0a0a\U0001f600 that holds the bytes of a line's end\r\n" + strings.ReplaceAll(ended(1), "\n", "\r\n") + began(2)
	for name, content := range map[string]string{
		"UTF-8 with a mark":            "\xef\xbb\xbf" + text,
		"UTF-16, little end first":     utf16Bytes(text, binary.LittleEndian, true),
		"UTF-16, big end first":        utf16Bytes(text, binary.BigEndian, true),
		"UTF-16LE without a mark":      utf16Bytes(text, binary.LittleEndian, false),
		"UTF-16BE without a mark":      utf16Bytes(text, binary.BigEndian, false),
		"zeros from a crash":           strings.Repeat("\x00", 512) + text,
		"bytes that are in no script":  "\xff\xfa\x80\x81 some\n" + text + "\xc3\n",
		"zeros between lines":          strings.ReplaceAll(text, "\n", "\n\x00\x00\x00"),
		"old Windows letters in a row": "\x8f\x90 M\xfcller\n" + text,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			d.write(sesman, content)
			d.want("1- 2")
			half := len(content)/2 | 1 // in the middle of a letter
			other := newDisk(t)
			other.write(sesman, content[:half])
			other.look()
			other.add(sesman, content[half:])
			other.want("1- 2")
		})
	}
	if got := text2(t, "M\xfcller \x80"); got != "Müller €" {
		t.Errorf("Windows-1252 is read as %q", got)
	}
}

func text2(t *testing.T, line string) string { t.Helper(); return text([]byte(line), bytewise) }

// A pipe in the place of a log would be waited for for ever.
func TestNoFile(t *testing.T) {
	d := newDisk(t)
	d.must(os.MkdirAll(d.path("var/log"), 0o755))
	d.must(exec.Command("mkfifo", d.path(sesman)).Run())
	d.must(os.Symlink("/dev/zero", d.path("var/log/xrdp.log")))
	d.must(os.MkdirAll(d.path("var/log/syslog"), 0o755))
	d.want("")
	d.must(os.Remove(d.path(sesman)))
	d.write("var/elsewhere.log", began(1))
	d.must(os.Symlink("../elsewhere.log", d.path(sesman)))
	d.follower.looks = 0
	d.want("1")
	d.must(os.Remove(d.path(sesman)))
	d.must(exec.Command("mkfifo", d.path(sesman)).Run())
	if err := d.tryLook(); err == nil || !strings.Contains(err.Error(), "no file any more") {
		t.Errorf("a pipe that took a log's place: %v", err)
	}
}

func TestHomesAndFolders(t *testing.T) {
	d := newDisk(t)
	for i, name := range []string{"home/anna/.vnc/box:1.log", "home/ben/.config/tigervnc/box:2.log", "root/.vnc/box:3.log", "home/anna/.vnc/notes.log", "home/anna/.vnc/passwd"} {
		d.write(name, fmt.Sprintf("Mon Nov  2 10:12:04 2026\n Connections: accepted: 192.0.2.7::%d\n VNCSConnST:  Server default pixel format depth 24\n", i+1))
	}
	d.want("1 2 3")
}

func TestManyLogs(t *testing.T) {
	d := newDisk(t)
	const another = "home/ben/.anydesk_ad_1/connection_trace.txt"
	for i := range 2 * foundLimit {
		d.write(fmt.Sprintf("home/anna/.vnc/box:%d.log", i), "")
		d.write(fmt.Sprintf("home/anna/.anydesk_ad_%d/connection_trace.txt", i), "")
	}
	d.write(sesman, "")
	d.write(another, "")
	if err := d.tryLook(); !errors.Is(err, errCrowded) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v, want that there are more than are followed, once", err)
	}
	if n := len(d.follower.tails); n != shareLimit+2 || d.follower.tails[sesman] == nil || d.follower.tails[another] == nil {
		t.Errorf("%d logs are followed, want %d and those of others", n, shareLimit)
	}
	d.must(os.RemoveAll(d.path("home/anna")))
	for range seekEvery + 1 {
		_ = d.tryLook()
	}
	if n := len(d.follower.tails); n != 2 || d.follower.shares["home/anna"] != 0 || d.tryLook() != nil {
		t.Errorf("%d logs are followed once those are gone, %v", n, d.follower.shares)
	}
	for i := range 2 * sessionsLimit {
		d.add(sesman, began(i+1)+ended(i+1))
	}
	var p pairing
	for i := range 2 * sessionsLimit {
		p.take(parse.SessionMark{Act: parse.SessionBegan, ID: fmt.Sprint(i)})
	}
	if len(p.sessions) != sessionsLimit || p.sessions[0].ID != fmt.Sprint(sessionsLimit) {
		t.Errorf("%d sessions are kept, the first %s", len(p.sessions), p.sessions[0].ID)
	}
}

// FuzzCutter: whatever the bytes, the pieces they come in change nothing, and a
// line never grows beyond its limit.
func FuzzCutter(f *testing.F) {
	f.Add([]byte("a\r\nb\n"), uint(1))
	f.Add([]byte("\xff\xfea\x00\n\x00b\x00"), uint(4))
	f.Add(bytes.Repeat([]byte("x"), 3*lineLimit), uint(lineLimit))
	f.Fuzz(func(t *testing.T, content []byte, at uint) {
		lines := func(pieces ...[]byte) (out []string) {
			c := cutter{encoding: sniff(content)}
			for _, p := range pieces {
				c.feed(p, func(line string) { out = append(out, line) })
				if len(c.partial) > lineLimit {
					t.Fatalf("%d bytes of a line", len(c.partial))
				}
			}
			return out
		}
		content = content[:len(content)&^1]
		half := int(at%uint(len(content)+1)) &^ 1
		if whole, two := lines(content), lines(content[:half], content[half:]); !slices.Equal(whole, two) {
			t.Fatalf("whole %q, in two %q", whole, two)
		}
	})
}

// TestTheFolderOthersUse: a service has a folder for temporary files of its own,
// in which nobody else's logs lie.
func TestTheFolderOthersUse(t *testing.T) {
	d := newDisk(t)
	d.write("tmp/ours", "")
	d.write("proc/1/root/tmp/x11vnc.log", "")
	d.want("")
	if d.follower.tails["proc/1/root/tmp/x11vnc.log"] == nil {
		t.Errorf("not followed: %v", d.follower.tails)
	}
}

package presence

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestExplainSaysAllThatAPersonMustKnow(t *testing.T) {
	r := Record{Question: asked("a", finding.AllMeans()...), Possible: []finding.Means{finding.BuiltinKeyboard, finding.Lid}}
	text := Explain(r, at(5*time.Minute), time.UTC, "Service desk, +43 1 234\x1b[31m")
	for _, words := range []string{
		"own keyboard", "close the lid", "09:30 on Sunday, 29 November (25 minutes left)", "security team", "farmwatch", "a person is at the laptop",
		"Nothing that you type is read", "says nothing about you", "nothing happens by itself", "another way", "no reason", "farmwatch-agent presence other-way", "Service desk, +43 1 234 [31m",
	} {
		if !strings.Contains(text, words) {
			t.Errorf("it does not say %q:\n%s", words, text)
		}
	}
	for _, words := range []string{"plug", "finger", "must", "violation", "suspicious"} {
		if strings.Contains(text, words) {
			t.Errorf("it says %q:\n%s", words, text)
		}
	}
	if ended := Ended(Record{State: Answered, AnsweredFrom: "AT keyboard", AnsweredAfter: 65 * time.Second}); ended != "Thank you. It is answered: AT keyboard, after 65 seconds." {
		t.Errorf("at the end it says %q", ended)
	}
	if strings.ContainsRune(text, '\x1b') {
		t.Error("the company's line commands the terminal")
	}
	if bare := Explain(r, at(0), time.UTC, ""); !strings.Contains(bare, "service desk by the number you know") {
		t.Errorf("without a line of the company:\n%s", bare)
	}
}

func TestParseMeans(t *testing.T) {
	if got, err := ParseMeans("lid, power_plug"); err != nil || Words(got) != "lid power_plug" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", ",", "lid,retina"} {
		if _, err := ParseMeans(text); err == nil || !strings.Contains(err.Error(), "builtin_keyboard, lid, power_plug") {
			t.Errorf("%q: %v, want the words there are", text, err)
		}
	}
}

func TestLeft(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "it is over", 90 * time.Second: "90 seconds left", 30 * time.Minute: "30 minutes left", 3 * time.Hour: "3 hours left", 72 * time.Hour: "3 days left",
	} {
		if got := left(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestBoardIsReadableByAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "presence.json")
	want := Board{Records: []Record{{Question: asked("a", finding.Lid), State: Answered, ShownAt: start, LastShown: start, ClosedAt: start}}, Support: "call us"}
	if err := want.Post(path); err != nil {
		t.Fatal(err)
	}
	stat, err := os.Stat(path)
	if err != nil || stat.Mode().Perm() != boardMode {
		t.Errorf("mode %v, %v", stat.Mode(), err)
	}
	if got, err := ReadBoard(path); err != nil || got.Support != "call us" || got.Records[0].ID != id("a") {
		t.Errorf("got %+v, %v", got, err)
	}
	if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), "shown_at") || strings.Contains(string(text), "closed_at") || want.Records[0].ShownAt.IsZero() {
		t.Errorf("it says when somebody did what: %s", text)
	}
}

func TestLoadSetsAsideWhatItCannotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "presence.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if records, err := Load(path); err != nil || records != nil {
		t.Errorf("got %v, %v", records, err)
	}
	if _, err := os.Stat(path + ".aside"); err != nil {
		t.Error(err)
	}
}

// FuzzParseOtherWay: the one word with one check's id, and nothing else.
func FuzzParseOtherWay(f *testing.F) {
	f.Add(OtherWayWord(id("a")))
	f.Add([]byte("other-way\n"))
	f.Add([]byte("run " + id("a") + "\n"))
	f.Add(append(OtherWayWord(id("a")), OtherWayWord(id("b"))...))
	f.Fuzz(func(t *testing.T, said []byte) {
		got, ok := ParseOtherWay(said)
		if ok && string(OtherWayWord(got)) != string(said) {
			t.Fatalf("%q is taken for the word about %q", said, got)
		}
		if ok && len(said) != LongestWord {
			t.Fatalf("%q is longer than what is read", said)
		}
	})
}

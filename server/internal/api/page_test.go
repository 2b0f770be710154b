package api

import (
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/farmwatch/farmwatch/server/internal/alert"
)

func TestAPageTokenLeadsBack(t *testing.T) {
	want := alert.Position{Score: 80, OpenedAt: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), ID: "a"}
	token, err := encodePage(want, "q")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decodePage[alert.Position](token, "q"); err != nil || got != want {
		t.Errorf("decodePage = %+v, %v", got, err)
	}
	if _, err := decodePage[alert.Position](token, "other"); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("another question took the token: %v", err)
	}
}

func TestPageSizes(t *testing.T) {
	for asked, want := range map[int32]int{0: 50, 1: 1, 1000: 1000, 1001: 1000, 1 << 30: 1000} {
		if got, err := pageSize(asked); err != nil || got != want {
			t.Errorf("pageSize(%d) = %d, %v", asked, got, err)
		}
	}
	if _, err := pageSize(-1); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("pageSize(-1) = %v", err)
	}
}

func FuzzDecodePage(f *testing.F) {
	token, err := encodePage(alert.Position{Score: 1, ID: "a"}, "q")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("!")
	f.Add("e30")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := decodePage[alert.Position](token, "q"); err != nil && connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("decodePage(%q) = %v", token, err)
		}
	})
}

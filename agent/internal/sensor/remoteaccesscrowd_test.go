package sensor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// Who makes up accounts without end hides no other program with them, and that
// there are so many is said.
func TestMadeUpAccountsHideNothing(t *testing.T) {
	rows, coverage := access(t, home(t, func(root string) {
		folder := filepath.Join(root, "home/anna/.cloudflared")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range 2 * folderLimit {
			text := fmt.Sprintf(`{"AccountTag":"account%d","TunnelSecret":"x"}`, i)
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.json", i)), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}))
	if n := len(slices.DeleteFunc(slices.Clone(rows), func(row string) bool { return !strings.HasPrefix(row, "tool=cloudflared ") })); n != accountLimit {
		t.Errorf("%d accounts, want %d", n, accountLimit)
	}
	if !slices.Contains(rows, "tool=rustdesk unattended=true how=password self_hosted=false") {
		t.Errorf("no RustDesk among %d rows", len(rows))
	}
	if coverage.State != finding.CoverageFailed || !strings.Contains(coverage.Detail, "more settings and accounts") {
		t.Errorf("%s %s", coverage.State, coverage.Detail)
	}
}

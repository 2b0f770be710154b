package sensor_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// What leaves of how remote access is set up holds no secret, no owner in plain
// and no file of the laptop; an owner leaves under the company's key.
func TestSettingsAtTheGate(t *testing.T) {
	gate, err := privacy.NewGate(sensor.All(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(machineFolder, "settings", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := range archive.Files {
			if strings.HasSuffix(archive.Files[i].Name, "]") {
				continue // encoded, so that it would no longer be that
			}
			archive.Files[i].Data = bytes.ReplaceAll(archive.Files[i].Data, []byte("AAAA"), []byte("CANARYhunter2"))
		}
		h, err := host.ReadRecording(archive)
		if err != nil {
			t.Fatal(err)
		}
		rows, coverage := sensor.Look(context.Background(), h, sensor.RemoteAccess())
		cleared, err := gate.Clear(finding.Report{At: time.Unix(100, 0), Coverage: []finding.Coverage{coverage}, Facts: []finding.Facts{{Class: "remote_access", Rows: rows}}})
		if err != nil {
			t.Fatal(err)
		}
		forbidden := []string{"CANARY", hex.EncodeToString([]byte("CANARY")), "/home/", "ProgramData", "/Library/"}
		for _, row := range rows {
			if tenant := row.Columns["tenant"]; tenant != "" {
				forbidden = append(forbidden, tenant)
				if !bytes.Contains(cleared.Wire(), []byte(gate.Pseudonym(tenant))) {
					t.Errorf("%s: the pseudonym of a tenant of %s does not leave", filepath.Base(file), row.Columns["tool"])
				}
			}
		}
		for _, text := range forbidden {
			if bytes.Contains(cleared.Wire(), []byte(text)) {
				t.Errorf("%s: %q leaves", filepath.Base(file), text)
			}
		}
	}
}

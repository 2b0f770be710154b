package catalogue

import (
	"slices"
	"testing"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// Some agents serve a visitor by a copy of themselves, and some talk to their own
// parts: the first is somebody who is in, the second is nobody.
func TestCopiesAndPartsOfAProgram(t *testing.T) {
	c, err := source()
	if err != nil {
		t.Fatal(err)
	}
	agent := []string{"file", "updated", "beside", ".db .msh"}
	for _, test := range []struct {
		name string
		row  finding.Observation
		want bool
	}{
		{"MeshAgent", seen(classProcesses, agent...), false},
		{"MeshAgent's copy for a visitor", seen(classProcesses, append(agent, "forked", "true")...), true},
		{"a copy of a program that serves itself", seen(classProcesses, "file", "x11vnc", "package", "x11vnc", "forked", "true"), false},
		{"a visitor", seen(classSockets, "file", "x11vnc", "package", "x11vnc", "state", "established", "direction", "inbound", "remote_scope", "loopback"), true},
		{"a part of its own", seen(classSockets, "file", "x11vnc", "package", "x11vnc", "state", "established", "direction", "inbound", "remote_scope", "itself"), false},
	} {
		controlled := slices.ContainsFunc(c.Matching(test.row), func(r *Rule) bool { return r.State == StateControlled })
		if controlled != test.want {
			t.Errorf("%s: controlled %v, want %v", test.name, controlled, test.want)
		}
	}
}

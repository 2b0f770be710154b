package host

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// TestWhoseWordCounts: who runs a server of her own says nothing of others' programs with it.
func TestWhoseWordCounts(t *testing.T) {
	if os.Geteuid() != 0 {
		lacking(t, "only root starts what is another's")
	}
	const another, nobody = 4242, 65534
	runs := exec.Command("sleep", "60")
	runs.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if err := runs.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = runs.Process.Kill(); _ = runs.Wait() }()
	for _, c := range []struct {
		server, pid int
		want        bool
	}{
		{0, runs.Process.Pid, true}, {nobody, runs.Process.Pid, true}, {another, runs.Process.Pid, false},
		{another, os.Getpid(), true}, // x11vnc is often run by root
		{another, 1 << 23, false},
	} {
		if got := believable(c.server, c.pid); got != c.want {
			t.Errorf("a server of %d of process %d: %t", c.server, c.pid, got)
		}
	}
}

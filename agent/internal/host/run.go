package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// maxOutput is the most a tool may print.
const maxOutput = 16 << 20

var errOutput = fmt.Errorf("printed more than %d MiB", maxOutput>>20)

// runTool runs one command line with nothing of our environment.
func runTool(ctx context.Context, t Tool) ([]byte, error) {
	program, err := findProgram(t.Command[0])
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	output, problems := &boundedBuffer{limit: maxOutput, stop: cancel}, &boundedBuffer{limit: 4096}
	command := exec.CommandContext(ctx, program, t.Command[1:]...) //nolint:gosec // both come from the fixed list of tools.go
	command.Env, command.Dir = toolEnvironment(), systemRoot()
	command.Stderr = problems
	kept, err := keepLinesOf(output, t.Keep)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", t.Name, err)
	}
	command.Stdout = kept
	command.WaitDelay = time.Second // a grandchild that holds the pipe does not hold us
	spawned.Add(1)
	err = command.Run()
	switch {
	case output.full:
		return nil, fmt.Errorf("run %s: %w", t.Name, errOutput)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("run %s: no answer within %s: %w", t.Name, t.Timeout, ctx.Err())
	case err != nil:
		words, _, _ := strings.Cut(strings.TrimSpace(problems.kept.String()), "\n")
		return nil, fmt.Errorf("run %s: %w: %.200s", t.Name, err, words)
	}
	return output.kept.Bytes(), nil
}

// findProgram looks in the system's own directories only, so that nobody's PATH
// decides what runs with the agent's rights.
func findProgram(name string) (string, error) {
	for _, dir := range programDirs() {
		path, err := exec.LookPath(dir + name)
		if err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed: %w", name, ErrAbsent)
}

// A boundedBuffer keeps so many bytes and then stops the one that writes.
type boundedBuffer struct {
	kept  bytes.Buffer // not embedded, or io.Copy would go around Write
	limit int
	full  bool
	stop  func()
}

// Write keeps p as far as there is room.
func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.kept.Len()+len(p) <= b.limit {
		return b.kept.Write(p)
	}
	b.full = true
	if b.stop != nil {
		b.stop()
	}
	b.kept.Write(p[:max(0, b.limit-b.kept.Len())])
	return len(p), nil
}

package host

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRunTool(t *testing.T) {
	t.Setenv("FARMWATCH_SECRET", "x")
	ctx := context.Background()
	output, err := runTool(ctx, Tool{Name: "env", Command: []string{"env"}, Timeout: 5 * time.Second})
	if err != nil || strings.Contains(string(output), "SECRET") || !strings.Contains(string(output), "LANG=C") {
		t.Errorf("environment %q, %v", output, err)
	}
	if _, err := runTool(ctx, Tool{Name: "none", Command: []string{"farmwatch-no-such-tool"}, Timeout: time.Second}); !errors.Is(err, ErrAbsent) {
		t.Errorf("missing program: %v", err)
	}
	if _, err := runTool(ctx, Tool{Name: "slow", Command: []string{"sleep", "60"}, Timeout: 50 * time.Millisecond}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("slow program: %v", err)
	}
	if _, err := runTool(ctx, Tool{Name: "chatty", Command: []string{"yes"}, Timeout: 20 * time.Second}); !errors.Is(err, errOutput) {
		t.Errorf("endless output: %v", err)
	}
	if _, err := runTool(ctx, Tool{Name: "bad", Command: []string{"ls", "/no/such/place"}, Timeout: 5 * time.Second}); err == nil || !strings.Contains(err.Error(), "run bad") {
		t.Errorf("failing program: %v", err)
	}
}

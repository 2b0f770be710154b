package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// requireFlag marks a flag that must be there; that it exists is certain.
func requireFlag(c *cobra.Command, name string) {
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		if before != nil {
			if err := before(c, args); err != nil {
				return err
			}
		}
		if !c.Flags().Changed(name) {
			return usage("--%s is missing\nusage: %s", name, c.UseLine())
		}
		return nil
	}
}

// parseEnd reads when something ends: a stretch from now, a day (its end, in
// UTC), or a moment.
func parseEnd(s string, now time.Time) (time.Time, error) {
	if d, err := parseStretch(s); err == nil {
		return now.Add(d), nil
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Second), nil
	}
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at, nil
	}
	return time.Time{}, usage("%q is no end; write 2h, 30d, 2027-03-31 or 2027-03-31T18:00:00Z", s)
}

// parseStretch reads a length of time; days are what people count in.
func parseStretch(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 3650 {
			return 0, fmt.Errorf("%q is no number of days", s)
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	return time.ParseDuration(s)
}

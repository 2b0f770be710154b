package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

func privacyCommand(w world) *cobra.Command {
	c := &cobra.Command{Use: "privacy", Short: "What this agent looks at, and what it sent"}
	c.AddCommand(privacyShowCommand(w), privacyLastCommand(w))
	return c
}

func privacyShowCommand(w world) *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Every column of every class, and whether it may leave this laptop", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(w.out, promise(sensor.All()))
			return err
		},
	}
}

// pace writes a length of time without the parts that are nothing: 1h, 30s.
func pace(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// promise is written from the same columns the gate decides by, so it cannot be out of date.
func promise(sensors []sensor.Sensor) string {
	var b strings.Builder
	b.WriteString("What this agent looks at. It never knows which keys you press, and reads no window titles, files you work on, pages, sound or pictures.\n")
	b.WriteString("Once, at enrolment, your company's collector is told this laptop's host name, system and a hash of its hardware identity.\n")
	b.WriteString("On Windows and macOS it also runs inside each person's session, as that person, because input is shown only there. This companion tells the agent\n")
	b.WriteString("when there was input, from which device and whether a program made it, as far as the system says, and on Windows which displays are the laptop's own.\n")
	b.WriteString("  leaves    goes to your company's collector as it is\n")
	b.WriteString("  masked    goes as a keyed hash: your company can see that two are equal, not what they are\n")
	b.WriteString("  stays     never leaves this laptop\n")
	words := map[sensor.Sensitivity]string{sensor.Public: "leaves", sensor.Pseudonym: "masked", sensor.Local: "stays"}
	for _, s := range sensors {
		fmt.Fprintf(&b, "\n%s, every %s\n%s", s.Class, pace(s.Every), wrap(s.About, 2, 96))
		for _, c := range s.Columns {
			fmt.Fprintf(&b, "    %-7s %-26s %s\n", words[c.Sensitivity], c.Name, c.About)
		}
	}
	return b.String()
}

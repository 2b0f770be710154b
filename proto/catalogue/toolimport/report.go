package main

import (
	"bufio"
	"fmt"
	"io"
)

// print says product by product what would be added and what is refused.
func (all comparison) print(out io.Writer) error {
	w := bufio.NewWriter(out)
	known, adds, flagged, refused, same := 0, 0, 0, 0, 0
	for i := range all {
		c := &all[i]
		switch {
		case c.tool != nil:
			known++
			_, _ = fmt.Fprintf(w, "%s: %s is our %s, by %s\n", c.file, clip(c.name), c.tool.ID, c.by)
		case c.name != "":
			_, _ = fmt.Fprintf(w, "%s: %s is not among our tools\n", c.file, clip(c.name))
		default:
			_, _ = fmt.Fprintf(w, "%s: no product\n", c.file)
		}
		for j := range c.adds {
			_, _ = fmt.Fprintln(w, "  add   ", line(&c.adds[j])[2:])
			if len(c.adds[j].Flags) > 0 {
				flagged++
			}
		}
		for _, sentence := range c.refused {
			_, _ = fmt.Fprintf(w, "  refuse %s: %s\n", c.file, sentence)
		}
		adds, refused, same = adds+len(c.adds), refused+len(c.refused), same+c.same
	}
	_, _ = fmt.Fprintf(w, "%d products, %d of them among our tools; %d values that we have, %d to add (%d flagged), %d refused\n",
		len(all), known, same, adds, flagged, refused)
	return w.Flush()
}

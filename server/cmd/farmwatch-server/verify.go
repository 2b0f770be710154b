package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/farmwatch/farmwatch/server/internal/audit"
)

func verifyCommand(w world) *cobra.Command {
	var s settings
	var size int64
	var root string
	c := &cobra.Command{
		Use:   "verify",
		Short: "Recompute the audit log and name the first record that is not what was recorded",
		Long: "Recompute the audit log and name the first record that is not what was recorded.\n\n" +
			"With --size and --root, kept from an earlier run or from an assurance pack, it also tells\n" +
			"whether the log still begins with the records it began with then. Beside that it says what this\n" +
			"collector does not know of the networks that devices call from.",
		Example: "  farmwatch-server verify\n  farmwatch-server verify --size 8 --root FjpLvr1kh6sVjM/rvHNW9wXihisFZ0rdviUaIs/UJ6Y=",
		Args:    arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			kept, err := keptTree(c.Flags().Changed("size"), size, root)
			if err != nil {
				return failed{exitUsage, err}
			}
			return s.within(c.Context(), w, func(o *state) error { return verify(c.Context(), w, o, kept) })
		},
	}
	s.flags(c)
	c.Flags().Int64Var(&size, "size", 0, "how many records the log had then")
	c.Flags().StringVar(&root, "root", "", "the root it had then")
	return c
}

func keptTree(sized bool, size int64, root string) ([]audit.Tree, error) {
	if !sized && root == "" {
		return nil, nil
	}
	if !sized || root == "" || size < 0 {
		return nil, errors.New("--size and --root belong together: both stand in what verify printed and in a pack's manifest.json")
	}
	h, err := tlog.ParseHash(root)
	if err != nil {
		return nil, fmt.Errorf("--root %q is not a root: it has 44 characters and ends in =", root)
	}
	return []audit.Tree{{Size: size, Root: h}}, nil
}

func verify(ctx context.Context, w world, o *state, kept []audit.Tree) error {
	tree, err := o.store.VerifyAudit(ctx, kept...)
	if errors.Is(err, audit.ErrAltered) {
		return failed{exitFailed, err}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, "the audit log holds: %s\nkeep this to check against later:\n  --size %d --root %s\n", counted(int(tree.Size), "record"), tree.Size, tree.Root)
	if err != nil {
		return err
	}
	return tellPlaces(w, o.config)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

func tokenCommand(w world) *cobra.Command {
	var s settings
	c := &cobra.Command{Use: "token", Args: arguments(0), RunE: help, Short: "Make, list and revoke enrolment tokens; the collector may be running"}
	s.flags(c)
	c.AddCommand(tokenCreateCommand(w, &s), tokenListCommand(w, &s), tokenRevokeCommand(w, &s))
	return c
}

func tokenCreateCommand(w world, s *settings) *cobra.Command {
	r := enroll.TokenRequest{CreatedBy: operator()}
	var quiet bool
	c := &cobra.Command{
		Use:     "create",
		Short:   "Make a token and show its secret, once",
		Example: "  farmwatch-server token create --uses 25 --ttl 72h --description \"laptops of the Lisbon office\"",
		Args:    arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := validToken(r); err != nil {
				return failed{exitUsage, err}
			}
			return s.with(c.Context(), w, func(o *state) error { return createToken(c.Context(), w, o, r, quiet) })
		},
	}
	c.Flags().IntVar(&r.Uses, "uses", 1, "how many devices may enrol with it")
	c.Flags().DurationVar(&r.TTL, "ttl", time.Hour, "how long it lives, e.g. 30m or 72h")
	c.Flags().StringVar(&r.Description, "description", "", "what it is for")
	c.Flags().StringVar(&r.Group, "group", "", "the group that devices are put into, for sanctions; small letters, digits and dashes")
	c.Flags().BoolVar(&quiet, "quiet", false, "print the token and nothing else")
	return c
}

func validToken(r enroll.TokenRequest) error {
	if r.Group != "" {
		if err := alert.ValidGroup(r.Group); err != nil {
			return err
		}
	}
	return r.Validate()
}

func createToken(ctx context.Context, w world, o *state, r enroll.TokenRequest, quiet bool) error {
	t, text, err := o.authority.CreateToken(ctx, o.store, r)
	if err != nil {
		return err
	}
	if quiet {
		_, err = fmt.Fprintln(w.out, text)
		return err
	}
	_, err = fmt.Fprintf(w.out, "%s\n\nIt enrols %s until %s and is not shown again. On the device:\n  sudo farmwatch-agent enroll --server %s --token %s\n",
		text, counted(t.UsesTotal, "device"), t.ExpiresAt.UTC().Format(time.DateTime+" MST"), installServer(lastServed(o.config)), text)
	return err
}

func tokenListCommand(w world, s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List every token, newest first",
		Args:  arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			return s.within(c.Context(), w, func(o *state) error {
				tokens, err := o.store.Tokens(c.Context())
				if err != nil {
					return err
				}
				return printTokens(w, tokens)
			})
		},
	}
}

func printTokens(w world, tokens []enroll.Token) error {
	if len(tokens) == 0 {
		_, err := fmt.Fprintln(w.out, "There is no token. Make one with: farmwatch-server token create")
		return err
	}
	table := tabwriter.NewWriter(w.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tSTATE\tUSES LEFT\tEXPIRES\tBY\tGROUP\tDESCRIPTION")
	for _, t := range tokens {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%d of %d\t%s\t%s\t%s\t%s\n", t.ID, t.State(w.now()), t.UsesLeft, t.UsesTotal,
			t.ExpiresAt.UTC().Format(time.RFC3339), t.CreatedBy, t.Group, t.Description)
	}
	return table.Flush() // it keeps the first error of those before
}

func tokenRevokeCommand(w world, s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "End a token now; devices that enrolled with it stay",
		Args:  arguments(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.within(c.Context(), w, func(o *state) error {
				err := o.store.RevokeToken(c.Context(), args[0], w.now())
				if errors.Is(err, device.ErrNotFound) {
					return failed{exitNotFound, fmt.Errorf("no token has the id %q; \"token list\" shows them", args[0])}
				}
				return err
			})
		},
	}
}

// operator is who runs this command, as tokens and the audit log name them.
func operator() string {
	u, err := user.Current()
	if err != nil {
		return "local"
	}
	return "local:" + u.Username
}

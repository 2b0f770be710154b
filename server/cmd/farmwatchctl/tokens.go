package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func tokensCommand(p *program) *cobra.Command {
	list := &cobra.Command{
		Use: "list", Short: "List every enrolment token, newest first", Args: cobra.NoArgs,
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			got, err := call(c.Context(), conn.tokens.ListTokens, &consolev1.ListTokensRequest{})
			if err != nil {
				return err
			}
			return printList(p, p.tokenListing(got.GetTokens()))
		}),
	}
	revoke := &cobra.Command{
		Use: "revoke ID", Short: "End a token now; laptops that enrolled with it stay", Args: cobra.ExactArgs(1),
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			got, err := call(c.Context(), conn.tokens.RevokeToken, &consolev1.RevokeTokenRequest{Id: args[0]})
			if err != nil {
				return err
			}
			return printList(p, p.tokenListing([]*consolev1.Token{got.GetToken()}))
		}),
	}
	return group("tokens", "Make, list and revoke enrolment tokens", tokensCreateCommand(p), list, revoke)
}

func tokensCreateCommand(p *program) *cobra.Command {
	ask := &consolev1.CreateTokenRequest{}
	var ttl string
	c := &cobra.Command{
		Use: "create", Short: "Make an enrolment token and show it this once, with the line to run on the laptop", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			life, err := parseStretch(ttl)
			if err != nil {
				return usage("--ttl %s is no length of time; write 30m, 24h or 7d", ttl)
			}
			ask.TtlSeconds = int64(life / time.Second)
			conn, err := p.connect()
			if err != nil {
				return err
			}
			got, err := call(c.Context(), conn.tokens.CreateToken, ask)
			if err != nil {
				return err
			}
			if done, err := p.show(got); done {
				return err
			}
			k := got.GetToken()
			_, err = fmt.Fprintf(p.out, "%s\n\nIt enrols %s until %s and is not shown again. On the laptop:\n  %s\n",
				clean(got.GetSecret()), counted(k.GetUsesTotal(), "laptop"), clock(k.GetExpiresAt()), clean(got.GetInstallLine()))
			return err
		},
	}
	c.Flags().Int32Var(&ask.Uses, "uses", 1, "how many laptops may enrol with it")
	c.Flags().StringVar(&ttl, "ttl", "24h", "how long it lives: 30m, 24h, 7d")
	c.Flags().StringVar(&ask.Group, "group", "", "the group that the laptops are put into, for sanctions")
	c.Flags().StringVar(&ask.Description, "description", "", "what it is for")
	return c
}

func (p *program) tokenListing(list []*consolev1.Token) listing[*consolev1.Token] {
	return listing[*consolev1.Token]{
		items:   list,
		columns: []string{"id", "state", "uses_left", "uses_total", "expires_at", "created_by", "group", "description"},
		empty:   "There is no token. Make one with: farmwatchctl tokens create",
		row: func(k *consolev1.Token) []string {
			state := "open"
			switch {
			case k.GetRevokedAt() != nil:
				state = "revoked"
			case !p.now().Before(k.GetExpiresAt().AsTime()):
				state = "expired"
			case k.GetUsesLeft() == 0:
				state = "used up"
			}
			return []string{k.GetId(), state, strconv.Itoa(int(k.GetUsesLeft())), strconv.Itoa(int(k.GetUsesTotal())), full(k.GetExpiresAt()), k.GetCreatedBy(), k.GetGroup(), k.GetDescription()}
		},
	}
}

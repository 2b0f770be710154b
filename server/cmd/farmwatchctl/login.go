package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func loginCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "login LINK",
		Short: "Sign in with a one-time link and keep the session for the next 12 hours",
		Long: "Sign in with a one-time link and keep the session for the next 12 hours.\n\n" +
			"Whoever runs the server makes the link: farmwatch-server user create NAME, or user link NAME.\n" +
			"With - the link is read from standard input, so that it stays out of the shell's history.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.login(c, args[0]) },
	}
}

func (p *program) login(c *cobra.Command, link string) error {
	if link == "-" {
		line, err := bufio.NewReader(io.LimitReader(p.in, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the link: %w", err)
		}
		link = strings.TrimSpace(line)
	}
	base, code, err := splitLink(link)
	if err != nil {
		return err
	}
	conn, err := p.dial(base, "")
	if err != nil {
		return err
	}
	got, err := call(c.Context(), conn.session.SignIn, &consolev1.SignInRequest{Code: code})
	if err != nil {
		return err
	}
	s := got.GetSession()
	if err := p.save(saved{URL: base, Token: got.GetToken(), User: s.GetUser(), Role: s.GetRole(), ExpiresAt: s.GetExpiresAt().AsTime()}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "signed in at %s as %s (%s) until %s\n", base, clean(s.GetUser()), clean(s.GetRole()), clock(s.GetExpiresAt()))
	return err
}

// splitLink takes the server and the code out of a sign-in link.
func splitLink(link string) (base, code string, err error) {
	if base, err = baseURL(link); err != nil {
		return "", "", err
	}
	u, err := url.Parse(link)
	if err != nil {
		return "", "", usage("%q is no sign-in link", link)
	}
	fields, err := url.ParseQuery(u.Fragment)
	if err != nil || fields.Get("code") == "" {
		return "", "", usage("the link carries no code; it reads %s/sign-in#code=…, and in a shell it stands in quotes", base)
	}
	return base, fields.Get("code"), nil
}

func logoutCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "logout", Short: "End the session here and on the server", Args: cobra.NoArgs,
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			if _, err := call(c.Context(), conn.session.SignOut, &consolev1.SignOutRequest{}); err != nil {
				return err
			}
			path, err := p.savedPath()
			if err != nil {
				return err
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			_, err = fmt.Fprintln(p.out, "signed out")
			return err
		}),
	}
}

func whoamiCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "whoami", Short: "Show who is signed in", Args: cobra.NoArgs,
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			got, err := call(c.Context(), conn.session.GetSession, &consolev1.GetSessionRequest{})
			if err != nil {
				return err
			}
			if done, err := p.show(got.GetSession()); done {
				return err
			}
			s := got.GetSession()
			_, err = fmt.Fprintf(p.out, "%s (%s) until %s\n", clean(s.GetUser()), clean(s.GetRole()), clock(s.GetExpiresAt()))
			return err
		}),
	}
}

func versionCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Show the version of this program, and of the server where you are signed in", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := fmt.Fprintln(p.out, "farmwatchctl", version); err != nil {
				return err
			}
			if server, known := p.serverVersion(c.Context()); known {
				_, err := fmt.Fprintln(p.out, "farmwatch-server", clean(server))
				return err
			}
			return nil
		},
	}
}

// serverVersion asks the server where one is signed in. Who is not, or cannot
// reach it, asked for this program's version only.
func (p *program) serverVersion(ctx context.Context) (string, bool) {
	conn, err := p.connect()
	if err != nil {
		return "", false
	}
	got, err := call(ctx, conn.session.GetSession, &consolev1.GetSessionRequest{})
	if err != nil {
		return "", false
	}
	return got.GetVersion(), true
}

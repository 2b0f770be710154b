package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

func alertsCommand(p *program) *cobra.Command {
	return group("alerts", "Review alerts", alertsListCommand(p), alertsShowCommand(p), alertsAckCommand(p), alertsCloseCommand(p),
		alertsReopenCommand(p), alertsCommentCommand(p), alertsWatchCommand(p))
}

func alertsListCommand(p *program) *cobra.Command {
	ask := &consolev1.ListAlertsRequest{}
	var limit int
	var open bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List alerts, highest score first, then newest",
		Example: "  farmwatchctl alerts list --open --level high\n  farmwatchctl alerts list --device laptop-7 -o json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if open {
				ask.States = []string{string(alert.New), string(alert.InProgress)}
			}
			conn, err := p.connect()
			if err != nil {
				return err
			}
			list, err := pages(p, limit, func(size int32, token string) ([]*consolev1.Alert, string, error) {
				ask.PageSize, ask.PageToken = size, token
				got, err := call(c.Context(), conn.alerts.ListAlerts, ask)
				return got.GetAlerts(), got.GetNextPageToken(), err
			})
			if err != nil {
				return err
			}
			return printList(p, alertListing(list))
		},
	}
	f := c.Flags()
	f.BoolVar(&open, "open", false, "only those that are not closed")
	f.StringSliceVar(&ask.States, "state", nil, "new, in_progress, closed")
	f.StringSliceVar(&ask.Levels, "level", nil, "watch, medium, high")
	f.StringSliceVar(&ask.Conclusions, "conclusion", nil, "remotely_controlled, in_farm")
	f.StringVar(&ask.Device, "device", "", "id or name of a device")
	f.StringVar(&ask.Query, "query", "", "words in the title or the device's name")
	f.IntVar(&limit, "limit", 100, "at most so many; 0 is all")
	c.MarkFlagsMutuallyExclusive("open", "state")
	return c
}

// pages gathers pages until there are enough, and says so where there are more; 0 is all.
func pages[T any](p *program, limit int, page func(size int32, token string) ([]T, string, error)) ([]T, error) {
	if limit < 0 {
		return nil, usage("--limit %d is below zero; 0 is all", limit)
	}
	var all []T
	token := ""
	for {
		size := 1000
		if limit > 0 {
			size = min(size, limit-len(all))
		}
		some, next, err := page(int32(size), token)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if token = next; token == "" {
			return all, nil
		}
		if limit > 0 && len(all) >= limit {
			_, err = fmt.Fprintf(p.err, "farmwatchctl: these are the first %d, and there are more; --limit 0 lists all\n", len(all))
			return all, err
		}
	}
}

func alertListing(list []*consolev1.Alert) listing[*consolev1.Alert] {
	return listing[*consolev1.Alert]{
		items:   list,
		columns: []string{"id", "level", "score", "state", "device", "assignee", "opened_at", "title"},
		empty:   "No alert fits. What reports, and what cannot be seen there: farmwatchctl devices list",
		row: func(a *consolev1.Alert) []string {
			state := a.GetState()
			if a.GetCloseReason() != "" {
				state += ": " + a.GetCloseReason()
			}
			return []string{a.GetId(), a.GetLevel(), strconv.Itoa(int(a.GetScore())), state, a.GetSubject().GetName(), a.GetAssignee(), full(a.GetOpenedAt()), a.GetTitle()}
		},
	}
}

func alertsShowCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one alert: why it fired, what else explains it, its ledger, evidence and timeline", Args: cobra.ExactArgs(1),
		Example: "  farmwatchctl alerts show 0198…\n  farmwatchctl alerts show 0198… -o json",
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			got, err := call(c.Context(), conn.alerts.GetAlert, &consolev1.GetAlertRequest{Id: args[0]})
			if err != nil {
				return err
			}
			if done, err := p.show(got.GetDetail()); done {
				return err
			}
			_, err = fmt.Fprint(p.out, p.alertPage(got.GetDetail()))
			return err
		}),
	}
}

// A mover moves one alert and gives what became of it.
type mover func(ctx context.Context, c *connection, id, etag string) (*consolev1.Alert, error)

func alertsAckCommand(p *program) *cobra.Command {
	return movingCommand(p, "ack ID…", "Take alerts to work on them", func(ctx context.Context, c *connection, id, etag string) (*consolev1.Alert, error) {
		got, err := call(ctx, c.alerts.AcknowledgeAlert, &consolev1.AcknowledgeAlertRequest{Id: id, Etag: etag})
		return got.GetAlert(), err
	})
}

func alertsCloseCommand(p *program) *cobra.Command {
	var reason, comment string
	c := movingCommand(p, "close ID…", "Decide on alerts", func(ctx context.Context, c *connection, id, etag string) (*consolev1.Alert, error) {
		got, err := call(ctx, c.alerts.CloseAlert, &consolev1.CloseAlertRequest{Id: id, Etag: etag, Reason: reason, Comment: comment})
		return got.GetAlert(), err
	})
	var names []string
	for _, r := range alert.Reasons() {
		names = append(names, string(r))
	}
	c.Example = "  farmwatchctl alerts close 0198… --reason benign_own_equipment --comment \"the KVM of the test bench, INC-12\""
	c.Flags().StringVar(&reason, "reason", "", "one of "+strings.Join(names, ", "))
	c.Flags().StringVar(&comment, "comment", "", "what you saw, so that the next person can follow it")
	return c
}

func alertsReopenCommand(p *program) *cobra.Command {
	var comment string
	c := movingCommand(p, "reopen ID…", "Take decisions back", func(ctx context.Context, c *connection, id, etag string) (*consolev1.Alert, error) {
		got, err := call(ctx, c.alerts.ReopenAlert, &consolev1.ReopenAlertRequest{Id: id, Etag: etag, Comment: comment})
		return got.GetAlert(), err
	})
	c.Flags().StringVar(&comment, "comment", "", "why")
	return c
}

// movingCommand moves one alert or several. With --etag nobody decides over
// somebody else's head; without it the alert is taken as it is now.
func movingCommand(p *program, use, short string, move mover) *cobra.Command {
	var etag string
	c := &cobra.Command{
		Use: use, Short: short, Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, ids []string) error {
			if etag != "" && len(ids) > 1 {
				return usage("--etag is of one alert; you named %d", len(ids))
			}
			conn, err := p.connect()
			if err != nil {
				return err
			}
			return p.moveAll(c.Context(), conn, ids, etag, move)
		},
	}
	c.Flags().StringVar(&etag, "etag", "", "the version you decided on, as alerts show -o json gives it; if the alert changed since, nothing happens")
	return c
}

func (p *program) moveAll(ctx context.Context, conn *connection, ids []string, etag string, move mover) error {
	var moved []*consolev1.Alert
	var errs []error
	for _, id := range ids {
		a, err := p.moveOne(ctx, conn, id, etag, move)
		if err != nil {
			errs = append(errs, err)
			if len(ids) > 1 {
				_, _ = fmt.Fprintf(p.err, "farmwatchctl: %s: %s\n", id, sentence(err)) // the exit code tells it too
			}
			continue
		}
		moved = append(moved, a)
	}
	if len(moved) == 0 && len(errs) > 0 {
		return errs[0]
	}
	if err := printList(p, alertListing(moved)); err != nil {
		return err
	}
	if len(errs) > 0 {
		return failed{exitPartial, fmt.Errorf("%d of %d alerts were not moved", len(errs), len(ids))}
	}
	return nil
}

func (p *program) moveOne(ctx context.Context, conn *connection, id, etag string, move mover) (*consolev1.Alert, error) {
	if etag == "" {
		now, err := call(ctx, conn.alerts.GetAlert, &consolev1.GetAlertRequest{Id: id})
		if err != nil {
			return nil, err
		}
		etag = now.GetDetail().GetAlert().GetEtag()
	}
	return move(ctx, conn, id, etag)
}

func alertsCommentCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "comment ID TEXT", Short: "Add a remark to an alert", Args: cobra.ExactArgs(2),
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			got, err := call(c.Context(), conn.alerts.CommentAlert, &consolev1.CommentAlertRequest{Id: args[0], Comment: args[1]})
			if err != nil {
				return err
			}
			return printList(p, alertListing([]*consolev1.Alert{got.GetAlert()}))
		}),
	}
}

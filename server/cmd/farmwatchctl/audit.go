package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func auditCommand(p *program) *cobra.Command {
	var object string
	var limit int
	list := &cobra.Command{
		Use: "list", Short: "List what people decided, latest first", Args: cobra.NoArgs,
		Example: "  farmwatchctl audit list --object alert/0198…",
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			tree := ""
			list, err := pages(p, limit, func(size int32, token string) ([]*consolev1.AuditRecord, string, error) {
				got, err := call(c.Context(), conn.audit.ListAudit, &consolev1.ListAuditRequest{Object: object, PageSize: size, PageToken: token})
				if err != nil {
					return nil, "", err
				}
				tree = fmt.Sprintf("%s in the log, root %s", counted(got.GetTreeSize(), "record"), clean(got.GetRoot()))
				return got.GetRecords(), got.GetNextPageToken(), nil
			})
			if err != nil {
				return err
			}
			if err := printList(p, auditListing(list)); err != nil || p.format != "table" {
				return err
			}
			_, err = fmt.Fprintln(p.out, p.paint(dim, tree))
			return err
		}),
	}
	list.Flags().StringVar(&object, "object", "", "only decisions about one thing, e.g. alert/ID or user/NAME")
	list.Flags().IntVar(&limit, "limit", 100, "at most so many; 0 is all")
	return group("audit", "See what people decided", list)
}

func auditListing(list []*consolev1.AuditRecord) listing[*consolev1.AuditRecord] {
	return listing[*consolev1.AuditRecord]{
		items:   list,
		columns: []string{"index", "at", "actor", "action", "object", "detail"},
		empty:   "No decision fits.",
		row: func(r *consolev1.AuditRecord) []string {
			return []string{strconv.FormatInt(r.GetIndex(), 10), full(r.GetAt()), r.GetActor(), r.GetAction(), r.GetObject(), r.GetDetail()}
		},
	}
}

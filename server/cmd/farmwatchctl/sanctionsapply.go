package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func sanctionsApplyCommand(p *program) *cobra.Command {
	ask := &consolev1.ApplySanctionsRequest{}
	var files []string
	c := &cobra.Command{
		Use: "apply -f FILE|FOLDER", Short: "Make the sanctions of files those in force, all or none; what is as before stays", Args: cobra.NoArgs,
		Example: "  farmwatchctl sanctions apply -f sanctions/ --dry-run",
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) (err error) {
			if ask.Files, err = p.sanctionFiles(files); err != nil {
				return err
			}
			got, err := call(c.Context(), conn.sanctions.ApplySanctions, ask)
			if err != nil {
				return err
			}
			return p.printApplied(got.GetSanctions(), ask.GetValidateOnly())
		}),
	}
	fileFlag(c, &files)
	c.Flags().BoolVar(&ask.ValidateOnly, "dry-run", false, "say what would be, and change nothing")
	c.Flags().StringVar(&ask.SecondApprover, "second-approver", "", "who else answers for a sanction that would have hidden true positives")
	return c
}

func sanctionsPreviewCommand(p *program) *cobra.Command {
	var files []string
	c := &cobra.Command{
		Use: "preview -f FILE|FOLDER", Short: "Say what the sanctions of files would have permitted in the last 90 days; nothing changes", Args: cobra.NoArgs,
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			read, err := p.sanctionFiles(files)
			if err != nil {
				return err
			}
			got, err := call(c.Context(), conn.sanctions.PreviewSanctions, &consolev1.PreviewSanctionsRequest{Files: read})
			if err != nil {
				return err
			}
			return printList(p, previewListing(got.GetPreviews()))
		}),
	}
	fileFlag(c, &files)
	return c
}

func fileFlag(c *cobra.Command, files *[]string) {
	filesFlag(c, files, "a file of sanctions, a folder of .yaml files, or - for standard input")
}

// sanctionFiles reads files, and the YAML files of folders in the order of their names.
func (p *program) sanctionFiles(paths []string) ([]*consolev1.SanctionFile, error) {
	texts, err := p.readFiles(paths)
	if err != nil {
		return nil, err
	}
	var files []*consolev1.SanctionFile
	for _, t := range texts {
		files = append(files, &consolev1.SanctionFile{Name: t.name, Text: t.text})
	}
	return files, nil
}

// printApplied tells people what became of each sanction, and what it would have done.
func (p *program) printApplied(list []*consolev1.AppliedSanction, trial bool) error {
	if p.format != "table" {
		return printList(p, listing[*consolev1.AppliedSanction]{
			items: list, columns: []string{"name", "version", "outcome", "expires_at", "findings", "alerts", "devices", "true_positives", "changes"},
			row: func(a *consolev1.AppliedSanction) []string {
				n := a.GetSanction()
				return slices.Concat([]string{n.GetName(), strconv.Itoa(int(n.GetVersion())), a.GetOutcome(), full(n.GetExpiresAt())},
					counts(a.GetPreview()), []string{strings.Join(a.GetChanges(), "; ")})
			},
		})
	}
	var b strings.Builder
	for _, a := range list {
		n := a.GetSanction()
		outcome := a.GetOutcome()
		if trial && outcome != "unchanged" {
			outcome = "would be " + outcome
		}
		fmt.Fprintf(&b, "%s %s, version %d, until %s\n", clean(n.GetName()), outcome, n.GetVersion(), clock(n.GetExpiresAt()))
		for _, line := range a.GetChanges() {
			b.WriteString(p.wrap("  ", clean(line)))
		}
		if v := a.GetPreview(); v != nil {
			b.WriteString(p.wrap("  ", foreseen(v)))
		}
	}
	_, err := fmt.Fprint(p.out, b.String())
	return err
}

func foreseen(v *consolev1.SanctionPreview) string {
	if v.GetFindings() == 0 {
		return "in the last 90 days it would have changed nothing"
	}
	text := fmt.Sprintf("in the last 90 days it would have permitted %s and hidden %s on %s", counted(v.GetFindings(), "finding"), counted(v.GetAlerts(), "alert"), counted(v.GetDevices(), "device"))
	if v.GetTruePositives() > 0 {
		text += fmt.Sprintf("; of the alerts %d closed as true positive: %s", v.GetTruePositives(), clean(strings.Join(v.GetTruePositiveAlerts(), " ")))
	}
	return text
}

func previewListing(list []*consolev1.SanctionPreview) listing[*consolev1.SanctionPreview] {
	return listing[*consolev1.SanctionPreview]{
		items: list, columns: []string{"name", "findings", "alerts", "devices", "true_positives", "in_words"},
		row: func(v *consolev1.SanctionPreview) []string {
			return slices.Concat([]string{v.GetName()}, counts(v), []string{foreseen(v)})
		},
	}
}

func counts(v *consolev1.SanctionPreview) []string {
	var parts []string
	for _, n := range []int32{v.GetFindings(), v.GetAlerts(), v.GetDevices(), v.GetTruePositives()} {
		parts = append(parts, strconv.Itoa(int(n)))
	}
	return parts
}

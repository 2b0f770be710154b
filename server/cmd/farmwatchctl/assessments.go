package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func assessmentsCommand(p *program) *cobra.Command {
	return group("assessments", "See what is concluded about laptops and sites, and why", assessmentsListCommand(p), assessmentsShowCommand(p))
}

func assessmentsListCommand(p *program) *cobra.Command {
	ask := &consolev1.ListAssessmentsRequest{}
	c := &cobra.Command{
		Use: "list", Short: "List the current level of every conclusion, highest score first", Args: cobra.NoArgs,
		Example: "  farmwatchctl assessments list --level medium,high",
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			list, err := everyAssessment(p, c, conn, ask)
			if err != nil {
				return err
			}
			return p.printAssessments(list)
		}),
	}
	c.Flags().StringVar(&ask.Device, "device", "", "id or name of a laptop")
	c.Flags().StringVar(&ask.Kind, "kind", "", "device or site")
	c.Flags().StringVar(&ask.Conclusion, "conclusion", "", "remotely_controlled or in_farm")
	c.Flags().StringSliceVar(&ask.Levels, "level", nil, "none, watch, medium, high")
	return c
}

func everyAssessment(p *program, c *cobra.Command, conn *connection, ask *consolev1.ListAssessmentsRequest) ([]*consolev1.Assessment, error) {
	return pages(p, 0, func(size int32, token string) ([]*consolev1.Assessment, string, error) {
		ask.PageSize, ask.PageToken = size, token
		got, err := call(c.Context(), conn.assessments.ListAssessments, ask)
		return got.GetAssessments(), got.GetNextPageToken(), err
	})
}

// assessmentFields are what a program gets of each assessment, in this order: a
// form that others read and that stays as it is.
var assessmentFields = []protoreflect.Name{"subject", "conclusion", "level", "score", "confidence", "ledger", "missing", "unseen", "since"}

func (p *program) printAssessments(list []*consolev1.Assessment) error {
	if p.format == "json" || p.format == "yaml" {
		var b bytes.Buffer
		b.WriteByte('[')
		for i, a := range list {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := encodeSome(&b, a.ProtoReflect(), assessmentFields); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return p.structured(b.Bytes())
	}
	if p.format == "csv" {
		return printList(p, listing[*consolev1.Assessment]{
			items: list, columns: []string{"kind", "id", "name", "conclusion", "level", "score", "confidence", "since", "strongest"},
			row: func(a *consolev1.Assessment) []string {
				s := a.GetSubject()
				return []string{s.GetKind(), s.GetId(), s.GetName(), a.GetConclusion(), a.GetLevel(), strconv.Itoa(int(a.GetScore())), a.GetConfidence(), full(a.GetSince()), strongest(a)}
			},
		})
	}
	return printList(p, listing[*consolev1.Assessment]{
		items: list, columns: []string{"level", "score", "confidence", "conclusion", "kind", "name", "since", "strongest"},
		empty: "Nothing fits. Without a filter that means: nothing is assessed yet.",
		row: func(a *consolev1.Assessment) []string {
			return []string{a.GetLevel(), strconv.Itoa(int(a.GetScore())), a.GetConfidence(), words(a.GetConclusion()), a.GetSubject().GetKind(),
				named(a.GetSubject()), full(a.GetSince()), strongest(a)}
		},
	})
}

// named is what people call a subject.
func named(s *consolev1.Subject) string {
	if s.GetName() == "" {
		return s.GetId()
	}
	return s.GetName()
}

func strongest(a *consolev1.Assessment) string {
	if len(a.GetLedger()) == 0 || a.GetLedger()[0].GetPoints() <= 0 {
		return ""
	}
	if a.GetTitle() != "" {
		return a.GetTitle()
	}
	return a.GetLedger()[0].GetReason()
}

func assessmentsShowCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "show DEVICE|SITE", Short: "Show how a level comes about, what else explains it, what to do next, and what was not looked at", Args: cobra.ExactArgs(1),
		Example: "  farmwatchctl assessments show laptop-7",
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			list, err := everyAssessment(p, c, conn, &consolev1.ListAssessmentsRequest{Subject: args[0]})
			if err != nil {
				return err
			}
			if p.format != "table" {
				return printList(p, listing[*consolev1.Assessment]{items: list, columns: ledgerColumns, row: func(a *consolev1.Assessment) []string {
					return []string{a.GetConclusion(), a.GetLevel(), strconv.Itoa(int(a.GetScore())), ledgerLine(a.GetLedger())}
				}})
			}
			_, err = fmt.Fprint(p.out, p.assessmentsPage(args[0], list))
			return err
		}),
	}
}

var ledgerColumns = []string{"conclusion", "level", "score", "ledger"}

func (p *program) assessmentsPage(name string, list []*consolev1.Assessment) string {
	if len(list) == 0 {
		return clean(name) + " is not assessed yet\n"
	}
	var b strings.Builder
	s := list[0].GetSubject()
	b.WriteString(p.paint(bold, clean(named(s))) + "  " + p.paint(dim, clean(s.GetKind()+" "+s.GetId())) + "\n")
	for _, a := range list {
		p.assessment(&b, a)
	}
	// What can never be seen is the same for each conclusion but for what it is about: told once, at the end.
	p.paragraph(&b, "Missing, which lowers the confidence", union(list, (*consolev1.Assessment).GetMissing))
	p.paragraph(&b, "Never visible to farmwatch", union(list, (*consolev1.Assessment).GetUnseen))
	return b.String()
}

func union(list []*consolev1.Assessment, of func(*consolev1.Assessment) []string) []string {
	var all []string
	for _, a := range list {
		for _, line := range of(a) {
			if !slices.Contains(all, line) {
				all = append(all, line)
			}
		}
	}
	return all
}

func (p *program) paragraph(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	b.WriteString("\n" + p.paint(bold, title) + "\n")
	for _, line := range lines {
		p.bullet(b, line)
	}
}

// bullet writes one item, its later lines below its first word.
func (p *program) bullet(b *strings.Builder, line string) {
	text := p.wrap("    ", line)
	b.WriteString(strings.Replace(text, "    ", "  - ", 1))
}

// assessment writes one conclusion: its level, the column of points that adds up to it, and what to make of it.
func (p *program) assessment(b *strings.Builder, a *consolev1.Assessment) {
	head := fmt.Sprintf("%s: %s", words(a.GetConclusion()), a.GetLevel())
	fmt.Fprintf(b, "\n%s, since %s", p.paintLevel(a.GetLevel(), clean(head)), clock(a.GetSince()))
	if a.GetConfidence() != "" {
		fmt.Fprintf(b, ", confidence %s", clean(a.GetConfidence()))
	}
	b.WriteByte('\n')
	p.points(b, a)
	if a.GetScore() <= 0 {
		return
	}
	for _, part := range [][2]string{
		{"What it means", a.GetWhy()}, {"What else explains it", a.GetAlternatives()}, {"What would change it", a.GetChange()}, {"How to check", a.GetCheck()}, {"Next step", a.GetNextStep()},
	} {
		if part[1] != "" {
			b.WriteString(p.wrap("  ", part[0]+": "+part[1]))
		}
	}
}

// points writes the column that adds up to the score.
func (p *program) points(b *strings.Builder, a *consolev1.Assessment) {
	var sum int32
	for _, e := range a.GetLedger() {
		sum += e.GetPoints()
		text := p.wrap("        ", e.GetReason())
		b.WriteString(strings.Replace(text, "        ", fmt.Sprintf("%6s  ", signed(e.GetPoints())), 1))
	}
	fmt.Fprintf(b, "%6d  in all\n", sum)
	if sum != a.GetScore() {
		fmt.Fprintf(b, "        (the score says %d: tell whoever keeps farmwatch)\n", a.GetScore())
	}
}

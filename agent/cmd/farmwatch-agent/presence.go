package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/presence"
)

func presenceCommand(w world) *cobra.Command {
	var state string
	c := &cobra.Command{
		Use: "presence", Short: "Show what your security team asks you to do at this laptop, and how to answer", Args: cobra.NoArgs,
		Long: "Show what your security team asks you to do at this laptop, and how to answer.\n\n" +
			"A presence check asks whether a person is at the laptop. You answer it with your hands, not with this command;\n" +
			"if you cannot or would rather not, ask for another way. Everybody on this laptop may run this.",
		RunE: func(*cobra.Command, []string) error {
			board, err := readBoard(state)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(w.out, describeBoard(board, w.now()))
			return err
		},
	}
	c.PersistentFlags().StringVar(&state, "state", "", "the state folder of the agent, where it is not the usual one")
	c.AddCommand(otherWayCommand(w, &state), tryCommand(w))
	return c
}

func readBoard(state string) (presence.Board, error) {
	board, err := presence.ReadBoard(boardPath(state))
	if errors.Is(err, fs.ErrNotExist) {
		return board, fmt.Errorf("no agent that could ask you anything has run here: there is no %s", boardPath(state))
	}
	return board, err
}

// describeBoard says what is asked now, or how the last check ended.
func describeBoard(board presence.Board, now time.Time) string {
	var b strings.Builder
	var last presence.Record
	for _, r := range board.Records {
		if !r.Open() {
			last = r
			continue
		}
		fmt.Fprintf(&b, "%s\n\n%s\n", presence.Title, presence.Explain(r, now, time.Local, board.Support))
	}
	if b.Len() > 0 {
		return b.String()
	}
	b.WriteString("Nothing is asked of you now.\n")
	if last.ID != "" {
		fmt.Fprintf(&b, "The last presence check, asked at %s: %s\n", last.AskedAt.Local().Format("15:04 on 2 January"), presence.Ended(last))
	}
	return b.String()
}

func otherWayCommand(w world, state *string) *cobra.Command {
	return &cobra.Command{
		Use: "other-way", Short: "Ask for another way to answer; your security team is told so, and no reason", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			board, err := readBoard(*state)
			if err != nil {
				return err
			}
			asked := false
			for _, r := range board.Records {
				if !r.Open() {
					continue
				}
				asked = true
				if err := askOtherWay(c.Context(), *state, r.ID); err != nil {
					return err
				}
			}
			words := "Your security team is told that you need another way. There is nothing more to do here; nothing happens by itself.\n"
			if !asked {
				words = "Nothing is asked of you now, so there is nothing to answer in another way.\n"
			}
			_, err = fmt.Fprint(w.out, words)
			return err
		},
	}
}

func askOtherWay(ctx context.Context, state, id string) error {
	answer, err := host.Knock(ctx, doorPath(state), presence.OtherWayWord(id))
	if err != nil {
		return fmt.Errorf("%w; does the agent run?", err)
	}
	if answer = strings.TrimSpace(answer); answer != noted {
		return fmt.Errorf("the agent says: %s", answer)
	}
	return nil
}

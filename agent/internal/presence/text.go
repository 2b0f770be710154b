package presence

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// What the person reads is here and nowhere else: no word of it comes from the collector.

// Title is the first line of a question.
const Title = "Is somebody at this laptop? Your security team asks"

// Button asks for another way.
const Button = "I need another way"

// how says what to do for each means.
func how(m finding.Means) string {
	switch m {
	case finding.BuiltinKeyboard:
		return "press a few keys on the laptop's own keyboard; any will do, also Shift"
	case finding.Lid:
		return "close the lid for a moment, or open it if it is closed; the laptop may fall asleep meanwhile"
	case finding.PowerPlug:
		return "pull the laptop's power plug, or put it in"
	case finding.Fingerprint:
		return "unlock the screen with your finger, or run: fprintd-verify"
	case finding.SecurityKey:
		return "plug your security key in, again if it is in already, and touch it when it blinks"
	}
	return string(m)
}

// Explain is what a person is asked, in full: what answers, who asks and why,
// what is not looked at, until when, what follows, and whom to call. Support is
// the company's own line and may be empty. Zone is that of the person's clock.
func Explain(r Record, now time.Time, zone *time.Location, support string) string {
	var b strings.Builder
	b.WriteString("Please do one of these at the laptop:\n")
	for _, m := range r.asked() {
		fmt.Fprintf(&b, " - %s\n", how(m))
	}
	fmt.Fprintf(&b, "Until %s (%s).\n\n", r.DueAt.In(zone).Format("15:04 on Monday, 2 January"), left(r.DueAt.Sub(now)))
	b.WriteString("Your company's security team asks this through farmwatch, to see that a person is at the laptop and it is not driven from somewhere else. To be asked says nothing about you.\n")
	b.WriteString("Nothing that you type is read. Your security team is told which of these it was, on which part of the laptop, how many seconds it took, and on how many screens this stood.\n")
	b.WriteString("If you do not answer, nothing happens by itself.\n")
	b.WriteString("You cannot or would rather not? Ask for another way, with the button or with: farmwatch-agent presence other-way. You need give no reason.\n")
	if line := Line(support); line != "" {
		fmt.Fprintf(&b, "Questions? %s\n", line)
	} else {
		b.WriteString("Questions? Ask your company's service desk by the number you know, not by one that somebody sends you.\n")
	}
	return b.String()
}

// asked are the means to tell of: those that can be noticed here, once that is known.
func (r Record) asked() []finding.Means {
	if len(r.Possible) > 0 {
		return r.Possible
	}
	return r.Means
}

func left(d time.Duration) string {
	if d <= 0 {
		return "it is over"
	}
	return span(d) + " left"
}

// span is how long that is, as people say it.
func span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return count(int(d.Seconds()), "second")
	case d < 2*time.Hour:
		return count(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return count(int(d.Hours()), "hour")
	}
	return count(int(d.Hours()/24), "day")
}

// Ended says how a closed check ended, for the person.
func Ended(r Record) string {
	switch r.State {
	case Answered:
		return fmt.Sprintf("Thank you. It is answered: %s, after %s.", r.AnsweredFrom, span(r.AnsweredAfter))
	case OtherWay:
		return "You asked for another way. Your security team is told so, and no reason. There is nothing more to do here."
	case NotAnswered:
		return "It was not answered. Nothing happens by itself; you can still call your security team."
	case CannotAsk:
		return "It could not be asked. " + r.Detail + " There is nothing for you to do."
	case Withdrawn:
		return "Your company took it back. There is nothing to do."
	}
	return ""
}

// Line is one line of printable text, as much of it as a notice has room for.
func Line(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	return strings.TrimSpace(clip(text))
}

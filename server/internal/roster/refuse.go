package roster

import (
	"fmt"
	"strings"
)

// mostProblems is how many mistakes of a file are told at once.
const mostProblems = 20

// A Mistake is what is wrong with a file, line by line, as people read it. Nothing
// of a file with one is taken.
type Mistake struct{ Lines []string }

// Error lists what is wrong, one thing per line.
func (m *Mistake) Error() string { return strings.Join(m.Lines, "\n") }

// problems gathers what is wrong with one file.
type problems struct {
	file  string
	lines []string
	more  int
}

func (p *problems) add(line int, column, format string, args ...any) {
	where := fmt.Sprintf("%s:%d", p.file, line)
	if column != "" {
		where += ":" + column
	}
	if len(p.lines) == mostProblems {
		p.more++
		return
	}
	p.lines = append(p.lines, where+": "+fmt.Sprintf(format, args...))
}

func (p *problems) full() bool { return p.more > 0 }

func (p *problems) mistake() error {
	if len(p.lines) == 0 {
		return nil
	}
	if p.more > 0 {
		p.lines = append(p.lines, fmt.Sprintf("%s: there is more wrong after that; nothing was taken", p.file))
	}
	return &Mistake{Lines: p.lines}
}

// A refused column is one that many lists have and that none here can.
type refusedColumn struct {
	words []string // that name it, in small letters without anything between them
	what  string
	why   string
}

const (
	whyOrigin = "no rule may ask where a person comes from or how they speak, so there is nowhere to put it"
	whyName   = "people are opaque ids here, so that nobody can be told by who they seem to be"
	whyBody   = "nothing about a person's body or life tells whether a laptop is driven from elsewhere"
)

// refusedColumns are told of by name, since who meets one should learn why.
var refusedColumns = []refusedColumn{
	{[]string{"nationality", "citizenship", "citizen", "passport", "countryofbirth", "birthcountry", "placeofbirth", "birthplace", "ethnicity", "race", "religion", "visa"}, "a nationality or origin", whyOrigin},
	{[]string{"language", "languages", "mothertongue", "accent", "keyboard", "keyboardlayout", "locale", "inputmethod"}, "a language or keyboard layout", whyOrigin},
	{[]string{"name", "firstname", "lastname", "surname", "givenname", "familyname", "fullname", "displayname", "username", "login"}, "a name", whyName},
	{[]string{"email", "mail", "emailaddress", "upn", "userprincipalname"}, "an e-mail address", whyName},
	{[]string{"birth", "birthday", "birthdate", "dateofbirth", "dob", "age"}, "a birth date or age", whyBody},
	{[]string{"gender", "sex", "pronouns", "maritalstatus", "health", "disability"}, "a gender or condition", whyBody},
	{[]string{"photo", "picture", "image", "avatar", "face", "voice"}, "a picture or voice", whyBody},
	{[]string{"address", "street", "homeaddress", "city", "zip", "postcode", "postalcode"}, "a home address", "places are countries here, with their part where that helps; an address that a laptop was shipped to goes into shipped_to_address, of which a keyed hash is kept"},
	{[]string{"salary", "pay", "bank", "iban", "ssn", "taxid", "socialsecuritynumber"}, "pay or numbers of a person", whyBody},
}

// unknownColumn says why a column is none.
func (k Kind) unknownColumn(name string) string {
	word := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-.", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
	for _, c := range refusedColumns {
		for _, w := range c.words {
			if w == word {
				return fmt.Sprintf("farmwatch keeps %s of nobody: %s; leave this column out", c.what, c.why)
			}
		}
	}
	return fmt.Sprintf("an import of %s has no such column; it has %s", k.Name, k.columnNames())
}

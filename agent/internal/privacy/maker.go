package privacy

import (
	"slices"
	"strings"
	"unicode"
)

// ofCompanies are words that stand in the names of companies and not of people.
var ofCompanies = []string{
	"inc", "llc", "ltd", "limited", "gmbh", "ag", "kg", "se", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "ab", "as", "oy", "oü", "aps", "sia", "plc", "pte", "pty", "pvt", "ltda",
	"corp", "corporation", "co", "company", "companies", "incorporated", "holding", "holdings", "group", "international", "global", "worldwide", "foundation", "university", "institute",
	"software", "systems", "system", "solutions", "technology", "technologies", "tech", "techs", "labs", "lab", "networks", "network", "net", "cloud", "communications", "consultants", "consulting",
	"services", "service", "security", "digital", "data", "studio", "studios", "apps", "games", "media", "online", "remote", "desktop", "access", "development", "developer", "design", "team", "project",
}

// person says whether a maker's name reads like that of a person: two to four
// words that each begin with a capital letter, and none that companies have. Some
// companies read so as well; what they made is known without their name.
func person(maker string) bool {
	words := strings.FieldsFunc(maker, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	if len(words) < 2 || len(words) > 4 {
		return false
	}
	for _, word := range words {
		bare := strings.ToLower(strings.Trim(strings.ReplaceAll(word, ".", ""), "()"))
		if slices.Contains(ofCompanies, bare) || !namely(word) {
			return false
		}
	}
	return true
}

// namely says whether a word may be one of a name: Anna, O'Neil, Meier-Lang, J.
func namely(word string) bool {
	for i, r := range word {
		switch {
		case i == 0 && !unicode.IsUpper(r) && unicode.IsLower(unicode.ToLower(r)), i == 0 && !unicode.IsLetter(r):
			return false
		case !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune("'’-.", r):
			return false
		}
	}
	return true
}

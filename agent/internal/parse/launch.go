package parse

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
)

// SplitCommand takes a command line apart into words: at spaces, except inside
// quotes. Backslashes are kept, since Windows' paths are made of them.
func SplitCommand(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	begun := false
	for _, r := range line[:min(len(line), settingsMaximum/64)] {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, begun = r, true
		case quote == 0 && (r == ' ' || r == '\t' || r == '\n' || r == '\r'):
			if begun {
				words = append(words, word.String())
				word.Reset()
				begun = false
			}
		default:
			word.WriteRune(r)
			begun = true
		}
		if len(words) >= settingsLimit/8 {
			return words
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}

// A Launch is what ScreenConnect's client is started with, in the form of the
// query of a web address. It holds a key as well, which is not read.
type Launch struct {
	Kind  string // Access: nobody has to be there; Support or Meeting: somebody asked for it
	Relay string // host to which it connects
}

// ParseLaunch finds ScreenConnect's launch parameters among words.
func ParseLaunch(words []string) (Launch, bool) {
	for _, word := range words {
		_, query, ok := strings.Cut(word, "?")
		if !ok || !strings.Contains(query, "h=") || len(query) > settingsMaximum/64 {
			continue
		}
		var found Launch
		for pair := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			text, err := url.QueryUnescape(value)
			switch {
			case err != nil:
			case name == "e" && found.Kind == "":
				found.Kind = short(text)
			case name == "h" && found.Relay == "":
				found.Relay = short(text)
			}
		}
		if found.Relay != "" {
			return found, true
		}
	}
	return Launch{}, false
}

// A TunnelToken says what a token of cloudflared is for. Its secret is not read.
type TunnelToken struct {
	Account string `json:"a"`
	Tunnel  string `json:"t"`
}

// ParseTunnelToken reads whose tunnel a token of cloudflared opens.
func ParseTunnelToken(text string) (TunnelToken, bool) {
	var token TunnelToken
	if len(text) > settingsMaximum/64 {
		return token, false
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return token, false
	}
	if err := json.Unmarshal(raw, &token); err != nil {
		return TunnelToken{}, false
	}
	token.Account, token.Tunnel = short(token.Account), short(token.Tunnel)
	return token, token.Account != "" || token.Tunnel != ""
}

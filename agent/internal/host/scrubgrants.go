package host

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// grantRow is one right that macOS' register holds, as sqlite3 prints it.
type grantRow struct {
	Service    string `json:"service"`
	Client     string `json:"client"`
	ClientType int    `json:"client_type"`
	Value      int    `json:"auth_value"`
	Reason     int    `json:"auth_reason"`
	Asked      string `json:"asked"`
}

// grants keeps of the register which program has which right. What is asked of a
// program's signature names a company as a rule; where it may name a person it
// is left out.
func (s scrubber) grants(output []byte) ([]byte, error) {
	if len(bytes.TrimSpace(output)) == 0 {
		return output, nil // sqlite3 prints nothing where there is no row
	}
	var rows []grantRow
	if err := json.Unmarshal(output, &rows); err != nil {
		return nil, fmt.Errorf("read the register of rights: %w", err)
	}
	for i := range rows {
		rows[i].Client = s.text(rows[i].Client)
		asked, err := hex.DecodeString(rows[i].Asked)
		personal := bytes.ContainsRune(asked, '@') || bytes.Contains(asked, []byte("Developer: ")) || bytes.Contains(asked, []byte("Development: "))
		if err != nil || personal || s.text(string(asked)) != string(asked) {
			rows[i].Asked = ""
		}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("write the register of rights: %w", err)
	}
	return append(bytes.ReplaceAll(text, []byte("},{"), []byte("},\n{")), '\n'), nil
}

package store

import (
	"bufio"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"strings"
)

//go:embed queries/*.sql
var queryFiles embed.FS

// queries are all statements, by the names they have in queries/*.sql. A field
// without a block, and a block without a field, stop the start.
type queries struct {
	deviceQueries
	tokenQueries
	entryQueries
	findingQueries
	coverageQueries
	alertQueries
	assessmentQueries
	auditQueries
	sanctionQueries
	groupQueries
	presenceQueries
	sessionQueries
	reportQueries
	stayQueries
	conclusionQueries
	rosterQueries
	siteQueries
	traitQueries
	noticeQueries
	replayQueries
}

// A query is one prepared statement, for the writing and for the reading connections.
type query struct {
	name  string
	text  string
	write *sql.Stmt
	read  *sql.Stmt
}

// bindQueries gives every field of q its text.
func bindQueries(fsys fs.FS, q any) error {
	texts, err := readQueries(fsys)
	if err != nil {
		return err
	}
	var errs []error
	for _, field := range queryFields(reflect.ValueOf(q).Elem()) {
		text, ok := texts[field.name]
		if !ok {
			errs = append(errs, fmt.Errorf("no block \"-- name: %s\" in queries/*.sql", field.name))
			continue
		}
		delete(texts, field.name)
		field.to.Set(reflect.ValueOf(query{name: field.name, text: text}))
	}
	for name := range texts {
		errs = append(errs, fmt.Errorf("block \"-- name: %s\" in queries/*.sql is used by no Go code", name))
	}
	return errors.Join(errs...)
}

type queryField struct {
	name string
	to   reflect.Value
}

func queryFields(v reflect.Value) []queryField {
	var fields []queryField
	for i := range v.NumField() {
		if v.Type().Field(i).Type == reflect.TypeFor[query]() {
			fields = append(fields, queryField{name: v.Type().Field(i).Name, to: v.Field(i)})
			continue
		}
		fields = append(fields, queryFields(v.Field(i))...)
	}
	return fields
}

// prepare compiles every statement, so that a mistake in SQL stops the start.
func (q *queries) prepare(ctx context.Context, write, read *sql.DB) error {
	for _, field := range queryFields(reflect.ValueOf(q).Elem()) {
		one := field.to.Interface().(query)
		var err error
		if one.write, err = write.PrepareContext(ctx, one.text); err != nil {
			return fmt.Errorf("prepare %s: %w", one.name, err)
		}
		if one.read, err = read.PrepareContext(ctx, one.text); err != nil {
			return fmt.Errorf("prepare %s for reading: %w", one.name, err)
		}
		field.to.Set(reflect.ValueOf(one))
	}
	return nil
}

// readQueries reads the blocks of all files: a line "-- name: Xxx" and what follows it.
func readQueries(fsys fs.FS) (map[string]string, error) {
	names, err := fs.Glob(fsys, "queries/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list queries: %w", err)
	}
	texts := make(map[string]string)
	for _, name := range names {
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if err := splitBlocks(path.Base(name), string(content), texts); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

func splitBlocks(file, content string, texts map[string]string) error {
	var current string
	lines := bufio.NewScanner(strings.NewReader(content))
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "-- name: "); ok {
			current = strings.TrimSpace(name)
			if _, taken := texts[current]; taken {
				return fmt.Errorf("%s:%d: a second block is named %s", file, number, current)
			}
			texts[current] = ""
			continue
		}
		if current == "" && strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "--") {
			return fmt.Errorf("%s:%d: SQL before the first \"-- name:\" line", file, number)
		}
		if current != "" && !strings.HasPrefix(line, "--") {
			texts[current] += line + "\n"
		}
	}
	// The driver keeps a statement compiled only if nothing, not even a line end, follows it.
	for name, text := range texts {
		texts[name] = strings.TrimSuffix(strings.TrimSpace(text), ";")
	}
	return lines.Err()
}

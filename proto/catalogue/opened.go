package catalogue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
)

// maxNested bounds how deep matches and conditions stand in each other.
const maxNested = 200

var errCut = errors.New("it ends too early or names what is not there")

// A reader reads a compiled form. Its bytes are part of the binary, yet nothing
// in them can make it panic, or take memory without bound.
type reader struct {
	text  string
	texts []string
	lists [][]string
	depth int
	err   error
}

// read fills a value from its compiled form.
func read(text string, into any) error {
	v := reflect.ValueOf(into).Elem()
	if len(text) < 8 || binary.LittleEndian.Uint64([]byte(text[:8])) != shape(v.Type()) {
		return errors.New("it was made for other fields: run `make generate`")
	}
	r := &reader{text: text[8:]}
	r.readTexts()
	r.readLists()
	if r.value(v); r.err == nil && r.text != "" {
		return fmt.Errorf("%d bytes are left over", len(r.text))
	}
	return r.err
}

func (r *reader) readTexts() {
	lengths := make([]int, r.count())
	total := 0
	for i := range lengths {
		lengths[i] = r.count()
		total += lengths[i]
	}
	if r.err != nil || total > len(r.text) {
		r.fail()
		return
	}
	r.texts = make([]string, len(lengths))
	for i, n := range lengths {
		r.texts[i], r.text = r.text[:n], r.text[n:]
	}
}

// readLists makes the lists of texts, all in one piece of memory.
func (r *reader) readLists() {
	r.lists = make([][]string, r.count())
	var all []string
	for i := range r.lists {
		n := r.count()
		if len(all) < n {
			all = make([]string, max(n, 4096))
		}
		r.lists[i], all = all[:n:n], all[n:]
		for j := range r.lists[i] {
			r.lists[i][j] = r.name()
		}
	}
}

func (r *reader) fail() { r.text, r.err = "", errCut }

func (r *reader) number() uint64 {
	var n uint64
	for i, shift := 0, 0; i < len(r.text) && shift < 64; i, shift = i+1, shift+7 {
		n |= uint64(r.text[i]&0x7f) << shift
		if r.text[i] < 0x80 {
			r.text = r.text[i+1:]
			return n
		}
	}
	r.fail()
	return 0
}

// count reads how many things follow, of which each takes a byte at least.
func (r *reader) count() int {
	n := r.number()
	if n > uint64(len(r.text)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) name() string {
	n := r.number()
	if n >= uint64(len(r.texts)) {
		r.fail()
		return ""
	}
	return r.texts[n]
}

func (r *reader) value(v reflect.Value) {
	if r.depth++; r.depth > maxNested {
		r.fail()
	}
	defer func() { r.depth-- }()
	if r.err != nil {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(r.name())
	case reflect.Bool:
		v.SetBool(r.number() == 1)
	case reflect.Int, reflect.Int64:
		n := r.number()
		v.SetInt(int64(n>>1) ^ -int64(n&1))
	case reflect.Float64:
		v.SetFloat(math.Float64frombits(r.number()))
	case reflect.Pointer:
		if r.number() == 1 && r.err == nil {
			v.Set(reflect.New(v.Type().Elem()))
			r.value(v.Elem())
		}
	case reflect.Struct:
		r.fields(v)
	case reflect.Slice:
		r.slice(v)
	case reflect.Map:
		r.mapping(v)
	default:
		r.fail()
	}
}

func (r *reader) fields(v reflect.Value) {
	for i := range v.NumField() {
		if f := v.Field(i); f.CanSet() {
			r.value(f)
		}
	}
}

func (r *reader) slice(v reflect.Value) {
	if list, plain := v.Addr().Interface().(*[]string); plain {
		switch n := r.number(); {
		case n == 0:
		case n > uint64(len(r.lists)):
			r.fail()
		default:
			*list = r.lists[n-1]
		}
		return
	}
	n := r.count()
	if n == 0 {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := 0; i < n && r.err == nil; i++ {
		r.value(v.Index(i))
	}
}

func (r *reader) mapping(v reflect.Value) {
	n := r.count()
	v.Set(reflect.MakeMapWithSize(v.Type(), n))
	for i := 0; i < n && r.err == nil; i++ {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		r.value(key)
		r.value(value)
		v.SetMapIndex(key, value)
	}
}

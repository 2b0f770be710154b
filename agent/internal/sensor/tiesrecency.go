package sensor

import (
	"container/list"
	"iter"
)

// A recency keeps at most so many things, the latest first. Of too many it
// forgets the oldest, those that are of less use before the others: anybody may
// make the wire carry more than fits.
type recency[K comparable, V any] struct {
	limit        int
	known        map[K]*list.Element
	strong, weak *list.List // of *inOrder
}

type inOrder[K comparable, V any] struct {
	key   K
	value V
	weak  bool
}

func newRecency[K comparable, V any](limit int) *recency[K, V] {
	return &recency[K, V]{limit: limit, known: map[K]*list.Element{}, strong: list.New(), weak: list.New()}
}

func (r *recency[K, V]) list(weak bool) *list.List {
	if weak {
		return r.weak
	}
	return r.strong
}

// get gives what is kept by a key, to be changed in place; nil when nothing is.
func (r *recency[K, V]) get(key K) *V {
	element := r.known[key]
	if element == nil {
		return nil
	}
	return &element.Value.(*inOrder[K, V]).value
}

// put keeps something as the latest. It may be of less use than others.
func (r *recency[K, V]) put(key K, value V, weak bool) *V {
	r.drop(key)
	if len(r.known) >= r.limit {
		oldest := r.weak.Back()
		if oldest == nil {
			oldest = r.strong.Back()
		}
		r.drop(oldest.Value.(*inOrder[K, V]).key)
	}
	k := &inOrder[K, V]{key: key, value: value, weak: weak}
	r.known[key] = r.list(weak).PushFront(k)
	return &k.value
}

// touch makes what is kept by a key the latest.
func (r *recency[K, V]) touch(key K) {
	if element := r.known[key]; element != nil {
		r.list(element.Value.(*inOrder[K, V]).weak).MoveToFront(element)
	}
}

func (r *recency[K, V]) drop(key K) {
	if element := r.known[key]; element != nil {
		delete(r.known, key)
		r.list(element.Value.(*inOrder[K, V]).weak).Remove(element)
	}
}

// all gives what is kept, the latest first, those of more use before the others.
// What is given may be dropped meanwhile.
func (r *recency[K, V]) all() iter.Seq2[K, *V] {
	return func(yield func(K, *V) bool) {
		for _, l := range []*list.List{r.strong, r.weak} {
			for element := l.Front(); element != nil; {
				next := element.Next()
				if k := element.Value.(*inOrder[K, V]); !yield(k.key, &k.value) {
					return
				}
				element = next
			}
		}
	}
}

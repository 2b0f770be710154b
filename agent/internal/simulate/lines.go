package simulate

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// lines tells where in a file something stands.
type lines struct{ root *yaml.Node }

// at is the line of what a path of keys and indexes leads to, or of the last
// thing on the way that is there.
func (l *lines) at(path ...any) int {
	if l == nil || l.root == nil || len(l.root.Content) == 0 {
		return 1
	}
	n, line := l.root.Content[0], 1
	for _, step := range path {
		next := below(n, step)
		if next == nil {
			break
		}
		n, line = next, next.Line
	}
	return line
}

// below is what stands in a node under a key or an index; nil if nothing does.
func below(n *yaml.Node, step any) *yaml.Node {
	switch step := step.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && step < len(n.Content) {
			return n.Content[step]
		}
	case string:
		if n.Kind == yaml.SequenceNode {
			if i, err := strconv.Atoi(step); err == nil {
				return below(n, i)
			}
			return nil
		}
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

package catalogue

import "slices"

// toolClasses are the classes whose rows show tools.
var toolClasses = []string{classProcesses, classListeners, classSockets, classPackages, classStartup, classNames, classAccess, classSessions}

// Reads says whether some rule is tried on rows of a class. Of one that no rule reads it
// says nothing about an assessment that it could not be looked at.
func (c *Catalogue) Reads(class string) bool {
	if len(c.Tools) > 0 && slices.Contains(toolClasses, class) {
		return true
	}
	if c.index != nil {
		return c.index.classes[class] != nil
	}
	return slices.ContainsFunc(c.Rules, func(r Rule) bool { return r.Class == class && !r.deprecated() })
}

package host

import "fmt"

// Can gives what this host can do beyond what every host can: Can[DeviceTree](h,
// "devices"). Where it cannot, the error is ErrUnsupported and says what is not
// looked at then.
func Can[Ability any](h Host, what string) (Ability, error) {
	able, ok := h.(Ability)
	if !ok {
		return able, fmt.Errorf("this agent cannot look at %s on this system: %w", what, ErrUnsupported)
	}
	return able, nil
}

package host

import "context"

// A CameraHost is a host that lists its cameras itself. Linux shows them among
// its files.
type CameraHost interface {
	// Cameras are the devices that programs can take pictures from. No picture is taken.
	Cameras(ctx context.Context) ([]Camera, error)
}

// Camera is one of them.
type Camera struct {
	Name    string // in its maker's words
	Virtual bool   // a program stands in a camera's place
	InUse   string // whether any program uses it now: true or false; empty when the system does not say. Never which, and by whom
}

type cameraRow struct {
	Name    string `yaml:"name"`
	Virtual bool   `yaml:"virtual,omitempty"`
	InUse   string `yaml:"in_use,omitempty"`
}

var _ CameraHost = (*recording)(nil)

// Cameras come from cameras.yaml.
func (r *recording) Cameras(context.Context) ([]Camera, error) {
	rows, err := readRows(r.archive, "cameras.yaml", func(r cameraRow) (Camera, error) { return Camera(r), nil })
	return rows, r.orDenied("cameras", err)
}

func (s scrubber) camera(c Camera) cameraRow {
	c.Name = s.text(c.Name)
	return cameraRow(c)
}

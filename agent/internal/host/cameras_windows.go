package host

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sys/windows"
)

// cameraKinds are the interfaces that cameras have: KSCATEGORY_VIDEO_CAMERA, and
// KSCATEGORY_SENSOR_CAMERA, whose pictures only Windows itself looks at (to know a face).
var cameraKinds = []windows.GUID{
	{Data1: 0xe5323777, Data2: 0xf976, Data3: 0x4f5b, Data4: [8]byte{0x9b, 0x55, 0xb9, 0x46, 0x99, 0xc4, 0x6e, 0x44}},
	{Data1: 0x24e552d7, Data2: 0x6523, Data3: 0x47f7, Data4: [8]byte{0xa6, 0x47, 0xd3, 0x46, 0x5b, 0xf1, 0xf5, 0xca}},
}

// Cameras are the devices that programs can take pictures from.
func (h *LiveHost) Cameras(context.Context) ([]Camera, error) {
	var nodes []cameraNode
	for i := range cameraKinds {
		err := eachWith(&cameraKinds[i], "list cameras", func(n deviceNode) {
			camera := cameraNode{n.instance(), cmp.Or(n.property(keyFriendly).text(), n.property(keyDescribed).text())}
			if camera.instance != "" && !slices.Contains(nodes, camera) {
				nodes = append(nodes, camera)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return windowsCameras(h.files, nodes, h.options.Now().Add(-windows.DurationSinceBoot())), nil
}

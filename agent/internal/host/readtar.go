package host

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

func openTar(name string) (Host, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	defer done(file)
	t, err := readTar(file)
	if err != nil {
		return nil, fmt.Errorf("read recording %s: %w", name, err)
	}
	return newRecording(linkFS{t}, false)
}

// readTar reads a tar, gzipped or not, into memory. Bounds are on what comes
// out of the decompressor, so that a small file cannot become a large one.
func readTar(r io.Reader) (*tree, error) {
	buffered := bufio.NewReader(r)
	var stream io.Reader = buffered
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("open gzip: %w", err)
		}
		stream = unzipped
	}
	// Headers and padding come on top of the contents: at most 1 KiB an entry and one long name each.
	archive, t := tar.NewReader(&cappedReader{stream, 2 * maxTotal}), newTree()
	last := "the first entry"
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("after %s: %w", last, err)
		}
		last = strings.ToValidUTF8(header.Name, "\uFFFD")
		if err := t.addTar(last, header, archive); err != nil {
			return nil, err
		}
	}
}

func (t *tree) addTar(raw string, header *tar.Header, r io.Reader) error {
	name, err := insidePath(raw)
	if err != nil || name == "." {
		return err
	}
	switch header.Typeflag {
	case tar.TypeDir:
		return t.addDir(name)
	case tar.TypeSymlink:
		return t.addLink(name, header.Linkname)
	case tar.TypeLink:
		return t.addHardLink(name, header.Linkname)
	case tar.TypeReg, tar.TypeGNUSparse:
		// The header's size is checked first: a sparse entry expands to it from nothing.
		if header.Size > maxFile {
			return fmt.Errorf("entry %s: longer than %d MiB", name, maxFile>>20)
		}
		if t.bytes+header.Size > maxTotal {
			return fmt.Errorf("entry %s: the recording holds more than %d MiB", name, maxTotal>>20)
		}
		content, err := readBounded(r, name, maxFile)
		if err != nil {
			return fmt.Errorf("entry %s: %w", name, err)
		}
		return t.addFile(name, content)
	}
	return nil // devices and pipes have no contents
}

func (t *tree) addHardLink(name, to string) error {
	target, err := insidePath(to)
	if err != nil {
		return err
	}
	n, err := t.find(target)
	if err != nil || n.children != nil {
		return fmt.Errorf("entry %s: a hard link to %s, which is no earlier file", name, target)
	}
	clone := *n
	return t.add(name, &clone)
}

// insidePath turns an entry's name into one of package fs and refuses one that
// climbs out.
func insidePath(raw string) (string, error) {
	for element := range strings.SplitSeq(raw, "/") {
		if element == ".." {
			return "", fmt.Errorf("entry %.200q: climbs out of the recording", raw)
		}
	}
	name := strings.TrimPrefix(path.Clean("/"+raw), "/")
	if name == "" {
		return ".", nil
	}
	if !fs.ValidPath(name) {
		return "", fmt.Errorf("entry %.200q: not a path", raw)
	}
	return name, nil
}

// cappedReader fails, rather than ends, after so many bytes.
type cappedReader struct {
	r    io.Reader
	left int64
}

func (c *cappedReader) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errors.New("unpacks to too much")
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	c.left -= int64(n)
	return n, err
}

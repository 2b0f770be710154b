package host

// machine is a Mac as it runs.
type machine struct {
	listening  sharedListening
	log        macLog
	processes  processTable
	tools      toolMemory
	signatures signatures
	wireless   wireless
	cameras    cameraQuestion
	fullNames  fullNames
}

func liveFiles(root string) FS {
	if root == "" {
		root = systemRoot()
	}
	return newOSFS(root)
}

func systemRoot() string { return "/" }

func programDirs() []string { return []string{"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"} }

func toolEnvironment() []string {
	return []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C"}
}

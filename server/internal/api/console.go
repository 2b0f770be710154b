package api

import (
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// policy lets the console use what this server serves and nothing else.
// Styles may be inline because Mantine writes its theme's variables so; scripts may not.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guarded sets what every answer carries.
func guarded(next http.Handler, secure bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// console serves the built console: files as they are, and index.html for
// every path that is one of its screens.
type console struct {
	files fs.FS
	serve http.Handler
}

func newConsole(files fs.FS) http.Handler {
	return &console{files: files, serve: http.FileServerFS(files)}
}

// ServeHTTP answers with a file, or with the console.
func (c *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only GET is answered here", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if info, err := fs.Stat(c.files, name); err == nil && !info.IsDir() && name != "index.html" && !strings.HasPrefix(path.Base(name), ".") {
		w.Header().Set("Cache-Control", cacheFor(name))
		c.serve.ServeHTTP(w, r)
		return
	}
	// A file that is gone must not be answered with a page: a browser with an
	// old index.html would take HTML for a script.
	if strings.HasPrefix(name, "assets/") || strings.HasPrefix(name, "farmwatch.") {
		http.NotFound(w, r)
		return
	}
	c.index(w)
}

// cacheFor: names below assets/ carry a hash of their content and never change.
func cacheFor(name string) string {
	if strings.HasPrefix(name, "assets/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

func (c *console) index(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	page, err := fs.ReadFile(c.files, "index.html")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.WriteHeader(http.StatusServiceUnavailable)
		page = notice("The console is not in this binary", "The server runs and its API answers, but it was compiled before the console was built. "+
			"Run “make build” in the source tree and start the server again. farmwatchctl works meanwhile.")
	case err != nil:
		w.WriteHeader(http.StatusInternalServerError)
		page = notice("The console cannot be read", err.Error())
	}
	_, _ = w.Write(page) // nobody is left to tell when the client is gone
}

func notice(title, text string) []byte {
	return fmt.Appendf(nil, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>farmwatch</title>"+
		"<body style=\"font:16px/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem\"><h1>%s</h1><p>%s</p></body></html>\n",
		html.EscapeString(title), html.EscapeString(text))
}

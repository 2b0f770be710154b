package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"
)

// bodyPatience is how long a request's body may take. The largest is small; one
// that trickles in would hold a connection and a file of this process for ever,
// and anybody can send one.
const bodyPatience = 20 * time.Second

// envelope is what a protocol puts around a message.
const envelope = 1 << 10

// whole takes in a request before it is answered. No call here sends more than
// one message, so nothing is lost by waiting for its end.
func whole(next http.Handler, patience time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		body, err := take(w, r, patience)
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			http.Error(w, "the request is too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			w.Header().Set("Connection", "close")
			http.Error(w, "the request did not arrive whole in time", http.StatusRequestTimeout)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

func take(w http.ResponseWriter, r *http.Request, patience time.Duration) ([]byte, error) {
	control := http.NewResponseController(w)
	// A deadline long past ends the read at once, whatever the clock says.
	late := time.AfterFunc(patience, func() { _ = control.SetReadDeadline(time.Unix(1, 0)) })
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostOf(r.URL.Path)+envelope))
	if !late.Stop() && err == nil {
		err = control.SetReadDeadline(time.Time{}) // it came at the last moment; what follows is not late
	}
	return body, err
}

package host

import "errors"

// ErrExposed says that a folder meant for secrets is not closed to others.
var ErrExposed = errors.New("others can reach it")

// sealedFor goes into every seal, so that what another program of this machine
// sealed is not taken for ours. It is no secret.
const sealedFor = "farmwatch agent, identity, version 1"

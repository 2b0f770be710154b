// Package flow says which shape a connection has, and whether local input
// follows what arrives through it. It sees how much passed and when somebody
// used a keyboard or pointer, never what passed or which key it was.
package flow

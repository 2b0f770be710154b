package sensor

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// toldInterfaces are those of a system that lists them itself.
func toldInterfaces(ctx context.Context, h host.Host) ([]attached, error) {
	asked, err := host.Can[host.InterfaceHost](h, "network interfaces")
	if err != nil {
		return nil, err
	}
	told, failure := asked.Interfaces(ctx)
	if failure != nil {
		failure = fmt.Errorf("list network interfaces: %w", failure)
	}
	told = told[:min(len(told), rowLimit)]
	rows := make([]attached, len(told))
	for i, one := range told {
		rows[i] = attached{number: strconv.Itoa(cmp.Or(one.Number, i)), networkInterface: networkInterface{
			Name: one.Name, Kind: one.Kind, Up: one.Up, DefaultRoute: yes(one.Default), VPNLike: one.Kind == "tunnel",
			Driver: one.Driver, Gateway: one.Gateway, GatewayOUI: makerPrefix(one.Gateway),
		}}
		if strings.EqualFold(one.Driver, one.Name) {
			rows[i].Driver = "" // a connection that a person or a company named; Windows has no other word for it
		}
		if one.MTU > 0 {
			rows[i].MTU = strconv.Itoa(one.MTU)
		}
	}
	return rows, failure
}

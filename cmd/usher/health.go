package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"usher/internal/app"
)

const healthUsage = `usher health [--live]

Asks the node on this machine whether it can serve, as a load balancer does at
/readyz, and exits with 0 if it can and with 1 if not. It is the health check of a
container, whose image has no other program. It finds the node by the options of
usher serve: at --ops-listen, or at --listen where there is no ops address. --live
asks /healthz instead: does the process live, whatever its stores do?`

// healthPatience is the longest that a node may take to answer. /readyz calls no
// store, so a node that takes longer is in trouble.
const healthPatience = 3 * time.Second

func health(ctx context.Context, args []string) error {
	o := app.Defaults()
	var live bool
	flags := app.NewFlagSet("health", healthUsage)
	flags.BoolVar(&live, "live", false, "ask whether the process lives, not whether it can serve")
	flags.StringVar(&o.Listen, "listen", o.Listen, "`address` that the node serves on")
	flags.StringVar(&o.OpsListen, "ops-listen", o.OpsListen, "`address` of the node's health and metrics; empty is none")
	if err := flags.ParseOrExplain(args, 0); err != nil {
		return err
	}
	path := "/readyz"
	if live {
		path = "/healthz"
	}
	listen := o.OpsListen // the ops address is not counted against the node's limit of connections
	if listen == "" {
		listen = o.Listen
	}
	address, err := localAddress(listen)
	if err != nil {
		return &app.UsageError{Problems: []string{err.Error()}}
	}
	return askHealth(ctx, "http://"+address+path, os.Stdout)
}

// localAddress returns the host:port under which this machine reaches a listener.
func localAddress(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("%q is not host:port, such as 127.0.0.1:9090", listen)
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// askHealth prints the node's status. It returns an error with exit status 1 when
// the node does not answer, or answers that it cannot serve.
func askHealth(ctx context.Context, url string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	// The environment's proxy is for other machines.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return &app.ExitError{Status: 1, Err: err}
	}
	defer func() { _ = answer.Body.Close() }()
	var said struct{ Status, Detail any }
	_ = json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&said) // another program's answer may be anything
	if answer.StatusCode != http.StatusOK {
		reason := answer.Status
		if detail, ok := said.Detail.(string); ok {
			reason = detail
		}
		return &app.ExitError{Status: 1, Err: fmt.Errorf("%s: %s", url, reason)}
	}
	status, ok := said.Status.(string)
	if !ok {
		return &app.ExitError{Status: 1, Err: errors.New(url + " is answered by another program: give the node's --ops-listen")}
	}
	_, err = fmt.Fprintln(out, status)
	return err
}
